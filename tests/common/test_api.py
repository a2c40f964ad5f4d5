"""Answers: problem details, pages, ids and headers, whatever went wrong."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from tests.clients import serving
from tests.common import an_app, scenes

from common.api import BODY_BYTES_MAX, code_of
from common.database import new_engine
from common.invalid_input import field_problem
from common.problems import COMMON_REFUSALS, fill, problem

NIK = "6203010101800001"
BROWSER = {"accept": "text/html,application/xhtml+xml"}
ALWAYS = {
    "content-security-policy",
    "x-content-type-options",
    "referrer-policy",
    "permissions-policy",
    "cross-origin-opener-policy",
    "x-request-id",
}


@pytest.fixture(scope="module")
async def url(new_database: Callable[[str], str]) -> str:
    made = await asyncio.to_thread(new_database, "registry")
    engine = new_engine(made, application_name="test")
    await scenes.run(engine, an_app.DEFERRED)
    await engine.dispose()
    return made


@pytest.fixture(scope="module")
def app(url: str) -> FastAPI:
    return an_app.new_app(url)


@pytest.fixture(scope="module")
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(app) as made:
        yield made


async def test_a_refusal_is_said_in_both_languages_with_what_to_do(client: httpx.AsyncClient):
    answer = await client.get("/refused")
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body == {
        "type": "urn:khbs:problem:already_used",
        "status": 409,
        "code": "already_used",
        "title": "Sudah dipakai pada 08.00",
        "detail": "Periksa.",
        "messages": {
            "id": {"title": "Sudah dipakai pada 08.00", "action": "Periksa."},
            "en": {"title": "Used at 08.00", "action": "Check."},
        },
        "request_id": answer.headers["x-request-id"],
        "at": "08.00",
    }
    assert (await client.get("/refused?lang=en")).json()["title"] == "Used at 08.00"


async def test_a_person_gets_a_page_and_a_program_gets_data(client: httpx.AsyncClient):
    page = await client.get("/refused", headers=BROWSER)
    assert page.status_code == 409
    assert page.headers["content-type"].startswith("text/html")
    assert "Sudah dipakai pada 08.00" in page.text
    assert page.headers["x-request-id"] in page.text
    part = await client.get("/refused", headers={"hx-request": "true"})
    assert part.headers["content-type"].startswith("text/html")


async def test_a_refused_form_leads_back_to_its_page_and_to_no_other_site(
    client: httpx.AsyncClient,
):
    back = "Kembali ke halaman tadi"
    for came, is_there in (
        (f"http://{client.base_url.netloc.decode()}/counter?page=2", True),
        ("http://elsewhere.test/counter", False),
        (f"http://{client.base_url.netloc.decode()}//elsewhere.test", False),
    ):
        page = await client.post("/nowhere", headers={**BROWSER, "referer": came})
        assert (back in page.text) is is_there, came
        assert "elsewhere" not in page.text
        assert ('href="/counter?page=2"' in page.text) is is_there
    seen = await client.get("/nowhere", headers={**BROWSER, "referer": str(client.base_url)})
    assert back not in seen.text


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "not_found"),
        ("GET", "/static/nowhere.js", {}, 404, None),
        ("DELETE", "/refused", {}, 405, "method_not_allowed"),
        ("GET", "/broken", {}, 500, "internal_error"),
        ("GET", "/broken?kind=file", {}, 500, "internal_error"),
        (
            "POST",
            "/notes",
            {"content": b"{", "headers": {"content-type": "application/json"}},
            422,
            "invalid_input",
        ),
        ("POST", "/notes", {"content": b'{"id": "a"}'}, 422, "invalid_input"),
        (
            "POST",
            "/uploads",
            {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
            400,
            "invalid_input",
        ),
        ("POST", "/limited", {"content": b"x" * (an_app.LIMITED_TO + 1)}, 413, "too_large"),
        ("GET", "/v1/me", {}, 401, "not_signed_in"),
        ("GET", "/empty", {}, 200, None),
        ("GET", "/livez", {}, 200, None),
    ],
)
async def test_every_answer_has_our_form_an_id_and_the_security_headers(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    options: dict[str, Any],
    status: int,
    code: str | None,
):
    answer = await client.request(method, path, **options)
    assert set(answer.headers) >= ALWAYS
    assert answer.headers.get_list("x-request-id") == [answer.headers["x-request-id"]]
    if code is not None:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == code
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
    if status != 400:
        assert answer.status_code == status


async def test_a_page_of_each_error_can_be_shown(client: httpx.AsyncClient):
    for path in ("/nowhere", "/broken", "/notes"):
        for language in ("id", "en"):
            answer = await client.get(f"{path}?lang={language}", headers=BROWSER)
            assert answer.headers["content-type"].startswith("text/html")
            assert set(answer.headers) >= ALWAYS


async def test_a_caller_may_bring_its_own_request_id(client: httpx.AsyncClient):
    answer = await client.get("/empty", headers={"x-request-id": "abc-12345"})
    assert answer.headers["x-request-id"] == "abc-12345"
    for bad in ("short", "with space 123", "x" * 65, NIK, "id\tid-123456"):
        answer = await client.get("/empty", headers={"x-request-id": bad})
        assert answer.headers["x-request-id"] != bad


@pytest.mark.parametrize("has_length", [True, False])
async def test_a_body_that_is_too_large_is_refused_in_our_form(
    client: httpx.AsyncClient, has_length: bool
):
    async def pieces():
        for _ in range(3):
            yield b"x" * (BODY_BYTES_MAX // 2)

    content = b"x" * (BODY_BYTES_MAX + 1) if has_length else pieces()
    answer = await client.post(
        "/notes", content=content, headers={"content-type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert set(answer.headers) >= ALWAYS


async def test_a_body_up_to_a_routes_own_limit_is_read(client: httpx.AsyncClient):
    answer = await client.post("/limited", content=b"x" * an_app.LIMITED_TO)
    assert answer.json() == {"size": an_app.LIMITED_TO}


async def test_validation_never_repeats_what_was_sent(client: httpx.AsyncClient):
    for sent in (
        {"id": "a", "nik": f"{NIK}1"},
        {"id": "a", "nik": 6203010101800001},
        {"id": "a" * 37, NIK: "x", "Siti Aminah": 1},
        {"id": {"Siti": NIK}},
        [NIK],
        NIK,
    ):
        answer = await client.post("/notes", json=sent)
        assert answer.status_code == 422
        assert NIK not in answer.text
        assert "Siti" not in answer.text
        for field in answer.json()["fields"]:
            assert field["problem"]
            assert field["problem_en"]


def test_what_is_wrong_with_a_field_is_said_in_both_languages():
    told = field_problem(
        {"loc": ("body", "items", 0, "id"), "type": "string_too_long", "ctx": {"max_length": 36}}
    )
    assert told == {
        "field": "items.0.id",
        "code": "string_too_long",
        "problem": "terlalu panjang (paling banyak 36)",
        "problem_en": "is longer than 36",
    }
    assert field_problem({"loc": ("body",), "type": "value_error"})["field"] == "body"


async def test_an_answer_that_breaks_off_is_not_made_to_look_whole(client: httpx.AsyncClient):
    transport = httpx.ASGITransport(app=client._transport.app)  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as strict:
        with pytest.raises(ZeroDivisionError):
            await strict.get("/half")


def test_every_common_refusal_is_said_wholly_in_both_languages():
    for code, text in COMMON_REFUSALS.items():
        words = (text.title_id, text.title_en, text.action_id, text.action_en)
        assert all(words), code
        assert text.title_id != text.title_en
        assert 400 <= text.status < 600


def test_a_refusal_that_nobody_described_is_an_error_of_ours():
    status, body = problem("never_heard_of", {}, COMMON_REFUSALS, "id", "r")
    assert status == 500
    assert body["title"] == COMMON_REFUSALS["internal_error"].title_id


def test_a_fact_that_is_missing_leaves_its_name_and_facts_cannot_overwrite_the_form():
    assert fill("Dipakai {at}", {}) == "Dipakai {at}"
    _, body = problem("not_found", {"status": 200, "type": "x"}, COMMON_REFUSALS, "id", "r")
    assert (body["status"], body["type"]) == (404, "urn:khbs:problem:not_found")


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "not_found"), (400, "invalid_input"), (415, "invalid_input"), (500, "internal_error")],
)
def test_a_librarys_status_has_a_word_of_ours(status: int, code: str):
    assert code_of(status) == code


async def test_a_real_server_logs_lines_without_urls_or_personal_data(url: str):
    """uvicorn as in production: its own lines and the lines of a broken request are JSON too."""
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.common.a_server", url),
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'deploy'}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    lines: list[str] = []
    async with asyncio.timeout(20):
        while not lines or "Uvicorn running on" not in lines[-1]:
            lines.append((await process.stdout.readline()).decode())
    address = json.loads(lines[-1])["event"].split()[3]
    async with httpx.AsyncClient(base_url=address) as client:
        await client.get(f"/broken?nik={NIK}&name=Siti")
        await client.post("/notes", json={"id": "same"})
        await client.post("/notes", json={"id": "same"})
    process.terminate()
    output, errors = await process.communicate()
    lines += output.decode().splitlines()
    entries = [json.loads(line) for line in lines]
    assert errors == b""
    assert NIK not in str(entries)
    assert "Siti" not in str(entries)
    broken = next(entry for entry in entries if entry["event"] == "unexpected error")
    assert "get_broken" in broken["exception"]
    assert "builtins.KeyError" in broken["exception"]
    access = next(entry for entry in entries if entry.get("route") == "/broken")
    assert (access["status"], access["service"]) == (500, "registry")
    assert access["request_id"] == broken["request_id"]
    failed = next(entry for entry in entries if entry["event"] == "database error")
    assert "[23505]" in failed["exception"]
