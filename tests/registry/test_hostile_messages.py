"""What is sent to break the registry is refused in words, and nothing leads into our networks."""

import json
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from tests.registry.agencies import (
    BACK,
    Agency,
    an_agency,
    by_expression,
    by_number,
    search_message,
)
from tests.registry.conftest import Registry, verifier

from common.problems import Refused
from registry.dci import outbound
from registry.dci.outbound import NotCallable, Policy
from registry.dci.rules import PREFIXES
from registry.intake import ole

SYNC, ASYNC = "/registry/sync/search", "/registry/search"
SOMEBODY = by_number("6201010101010001")


@pytest.fixture(scope="session")
async def agency(registry: Registry) -> Agency:
    return await an_agency(registry)


@pytest.mark.parametrize("character", ["\\u0000", "\\ud800"])
async def test_characters_that_cannot_be_kept_are_no_message(
    registry: Registry, agency: Agency, character: str
) -> None:
    header = agency.header("search")
    body = json.dumps(agency.sealed(header, search_message(SOMEBODY)))
    content = body.replace(header["message_id"], f"{character}abc").encode()
    answer = await registry.client.post(
        PREFIXES["social"] + ASYNC,
        content=content,
        headers={**agency.headers, "content-type": "application/json"},
    )
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "address",
    [
        "https://192.0.2.1:99999/dci",
        "https://192.0.2.1:abc/dci",
        "https://[::1",
        "https://user@192.0.2.1/dci",
        f"{BACK}?to=elsewhere",
        f"{BACK}/../admin",
        f"{BACK}/%2e%2e/admin",
        "https://192.0.2.1.evil.example/dci",
        "https://192.0.2.1/dcix",
    ],
)
async def test_an_answer_goes_to_no_address_that_only_looks_agreed(
    agency: Agency, address: str
) -> None:
    answer = await agency.say(ASYNC, "search", search_message(SOMEBODY), sender_uri=address)
    code = answer.json()["message"]["error"]["code"]
    assert (answer.status_code, code) in {
        (400, "err.sender_uri.invalid"),
        (400, "err.request.bad"),
    }


@pytest.mark.parametrize(
    "query",
    [
        {"$or": [{"region_code": {}} for _ in range(2000)]},
        {"$or": [{"UIN": "1"} for _ in range(2000)]},
        {"group_size": {"$eq": "nan"}},
    ],
)
async def test_a_question_without_end_or_number_is_rejected(
    agency: Agency, query: dict[str, Any]
) -> None:
    (answer,) = await agency.search(by_expression(query))
    assert answer["status"] == "rjct", answer


@pytest.mark.parametrize(
    "path",
    [
        "/changes?before=zzz",
        "/objections?page=-1",
        "/v1/objections?page=-1",
        "/objections?page=99999999999999999999",
        "/v1/imports/01930000-0000-7000-8000-000000000000/errors?after=99999999999",
        "/imports/01930000-0000-7000-8000-000000000000/changes?after=99999999999",
    ],
)
async def test_a_page_that_cannot_be_is_refused(registry: Registry, path: str) -> None:
    answer = await registry.client.get(path, headers=verifier())
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address that must not be called
        "::1",
        "::",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "fe80::1",
        "fc00::1",
        "fec0::1",
        "2002:7f00:1::",
        "2001:0:53aa:64c::1",
        "64:ff9b::7f00:1",
        "224.0.0.1",
    ],
)
async def test_no_address_of_a_network_of_ours_is_called(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    # Whatever a name leads to is judged, so the name server is played here.
    async def found(*_: Any, **__: Any) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", (address, 443))]

    monkeypatch.setattr("asyncio.BaseEventLoop.getaddrinfo", found)
    with pytest.raises(NotCallable):
        await outbound.post("https://agency.example/dci", {}, Policy())


def test_an_old_workbook_that_goes_in_circles_fills_no_memory(tmp_path: Path) -> None:
    head = bytearray(512)
    struct.pack_into("<HH", head, 30, 9, 6)
    struct.pack_into("<5I", head, 56, 4096, 0xFFFFFFFE, 0, 1, 1)
    struct.pack_into("<109I", head, 76, *([0xFFFFFFFF] * 109))
    circle = struct.pack("<128I", *([0] * 127 + [1]))
    path = tmp_path / "circle.xls"
    path.write_bytes(bytes(head) + bytes(512) + circle + bytes(512 * 20_000))
    tracemalloc.start()
    with pytest.raises(Refused):
        ole.has_macros(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * path.stat().st_size
