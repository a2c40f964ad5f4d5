"""What a terminal signs in the page is what the service verifies, and the other way round."""

import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.async_api import Browser, Page, Request, Route
from tests.chromium import CHROMIUM
from tests.redemption.library_page import as_base64, library_page

from common.problems import Refused
from redemption.terminals import signature_rules
from redemption.terminals.device_keys import verifier_of

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: make setup installs it, or give CHROMIUM=/path"
)
TERMINAL = "0197c000-0000-7000-8000-000000000001"
TOKEN = "a" * 43
ALGORITHMS = ("ecdsa-p256-sha256", "ed25519")
# Makes the terminal's key in the page, stores it as the app does, and takes it out again.
MAKE = """async (algorithm) => {
  const { createKey, publicKeyText } = await lib("terminal_key");
  const made = await createKey(algorithm);
  const open = indexedDB.open("keys", 1);
  open.onupgradeneeded = () => open.result.createObjectStore("keys");
  await new Promise((resolve) => (open.onsuccess = resolve));
  const storing = open.result.transaction("keys", "readwrite");
  storing.objectStore("keys").put(made, algorithm);
  await new Promise((resolve) => (storing.oncomplete = resolve));
  const asked = open.result.transaction("keys").objectStore("keys").get(algorithm);
  await new Promise((resolve) => (asked.onsuccess = resolve));
  open.result.close();
  globalThis.key = asked.result;
  const inside = await crypto.subtle.exportKey("pkcs8", key.privateKey).catch(() => null);
  return [await publicKeyText(key), inside, key.algorithm];
}"""
SEND = """async ([terminalId, operator, method, path, value, options]) => {
  const { Requests } = await lib("requests");
  globalThis.requests ??= new Requests({
    key, terminalId, operator: () => operator, keepOffset: (found) => (globalThis.offset = found),
  });
  try {
    return { said: await requests.send(method, path, value ?? undefined, options ?? {}) };
  } catch (error) {
    return { name: error.name, code: error.code, messages: error.problem?.messages };
  }
}"""


@pytest.fixture(scope="module")
async def opened(chromium: Browser) -> AsyncIterator[Page]:
    async with library_page(chromium) as found:
        yield found


@pytest.fixture
async def page(opened: Page) -> Page:
    await opened.unroute_all()
    await opened.reload()
    return opened


async def a_key(page: Page, algorithm: str = ALGORITHMS[0]) -> bytes:
    public, inside, said = await page.evaluate(MAKE, algorithm)
    assert inside is None
    assert said == algorithm
    return base64.b64decode(public)


async def verified(request: Request, public: bytes) -> signature_rules.Signed:
    """Verify a request as the service does, down to its body."""
    headers = [
        (one["name"].lower().encode(), one["value"].encode())
        for one in (await request.headers_array())
    ]
    signed = signature_rules.read(headers)
    path, _, query = request.url.split("/", 3)[3].partition("?")
    base = signed.base(request.method, f"/{path}", query)
    assert verifier_of(signed.algorithm, public)(signed.signature, base)
    signed.demand_body(request.post_data_buffer or b"")
    signed.demand_young(time.time())
    return signed


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("operator", [None, TOKEN])
async def test_the_service_verifies_every_request_that_the_page_signs(
    page: Page, algorithm: str, operator: str | None
):
    public = await a_key(page, algorithm)
    seen: list[Request] = []

    async def answer(route: Route) -> None:
        seen.append(route.request)
        await route.fulfill(json={"is": "heard"})

    await page.route("**/v1/**", answer)
    for method, path, value in [
        ("GET", "/v1/terminal", None),
        ("GET", "/v1/leases?state=open&name=é%20&x=", None),
        ("POST", "/v1/redemptions", {"id": "x", "nama": "Ñ 😀"}),
        ("PUT", "/v1/terminal/operators/7", {"pin": "123456"}),
        ("DELETE", "/v1/terminal/operator-sessions/current", None),
    ]:
        said = await page.evaluate(SEND, [TERMINAL, operator, method, path, value])
        assert said == {"said": {"is": "heard"}}
        signed = await verified(seen[-1], public)
        assert (signed.key_id, signed.operator) == (TERMINAL, operator or "")
        assert bool(signed.content_digest) == (value is not None)
    assert len(seen) == 5


async def test_one_letter_more_or_less_and_the_signature_is_nobodys(page: Page):
    public = await a_key(page)
    seen: list[Request] = []

    async def answer(route: Route) -> None:
        seen.append(route.request)
        await route.fulfill(json={})

    await page.route("**/v1/**", answer)
    await page.evaluate(SEND, [TERMINAL, TOKEN, "POST", "/v1/redemptions?x=1", {"quantity": 1}])
    signed = await verified(seen[0], public)
    verify = verifier_of(signed.algorithm, public)
    for method, path, query in [
        ("PUT", "/v1/redemptions", "x=1"),
        ("POST", "/v1/redemptions/", "x=1"),
        ("POST", "/v1/redemptions", "x=2"),
        ("POST", "/v1/redemptions", ""),
    ]:
        assert not verify(signed.signature, signed.base(method, path, query))
    with pytest.raises(Refused):
        signed.demand_body(b'{"quantity":9}')


async def test_what_the_service_would_sign_the_page_verifies(page: Page):
    private = Ed25519PrivateKey.from_private_bytes(b"\x05" * 32)
    body, created = b'{"a":1}', 1_795_000_000
    digest = f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"
    names = '"@method" "@path" "@query" "content-digest" "khbs-operator"'
    parameters = f'({names});created={created};keyid="{TERMINAL}";alg="ed25519"'
    said = signature_rules.Signed(
        parameters, created, TERMINAL, "ed25519", b"", digest, hashlib.sha256(body).digest(), TOKEN
    )
    base = said.base("POST", "/v1/leases", "a=b")
    script = """async ([url, body, keyId, operator, created, raw, signature]) => {
      const { signatureBase, contentDigest } = await lib("terminal_key");
      const digest = await contentDigest(bytes(body));
      const given = { method: "POST", url, digest, operator, created, keyId, algorithm: "ed25519" };
      const { base } = signatureBase(given);
      const verify = await (await lib("ed25519")).ed25519Verifier(bytes(raw));
      return [base, await verify(bytes(signature), new TextEncoder().encode(base))];
    }"""
    raw, signature = private.public_key().public_bytes_raw(), private.sign(base)
    given = ["https://x.example/v1/leases?a=b", as_base64(body), TERMINAL, TOKEN, created]
    found = await page.evaluate(script, [*given, as_base64(raw), as_base64(signature)])
    assert found == [base.decode(), True]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_enrolments_and_journal_lines_are_signed_over_exactly_their_text(
    page: Page, algorithm: str
):
    public = await a_key(page, algorithm)
    line = json.dumps({"v": 1, "nama": "Ñ 😀 \u2028", "previous": "0" * 64}, ensure_ascii=False)
    script = """async ([code, id, line]) => {
      const { enrolmentProof, signLine, hashOfLine } = await lib("terminal_key");
      const proof = await enrolmentProof(key, code, id);
      return [proof, await signLine(key, line), await hashOfLine(line)];
    }"""
    proof, signature, digest = await page.evaluate(script, ["ABCD-1234", TERMINAL, line])
    verify = verifier_of(algorithm, public)
    assert verify(base64.b64decode(proof), f"khbs-enrol:ABCD-1234:{TERMINAL}".encode())
    assert verify(base64.b64decode(signature), line.encode())
    assert not verify(base64.b64decode(signature), line.encode() + b" ")
    assert digest == hashlib.sha256(line.encode()).hexdigest()


async def test_a_broken_link_of_the_journal_is_found(page: Page):
    lines, previous = [], "0" * 64
    for number in range(5):
        lines.append(json.dumps({"sequence": number + 1, "previous": previous}))
        previous = hashlib.sha256(lines[-1].encode()).hexdigest()
    script = "async ([lines, from]) => (await lib('terminal_key')).brokenLink(lines, from)"
    assert await page.evaluate(script, [lines, "0" * 64]) is None
    after_first = hashlib.sha256(lines[0].encode()).hexdigest()
    assert await page.evaluate(script, [lines[1:], after_first]) is None
    assert await page.evaluate(script, [[*lines[:2], *lines[3:]], "0" * 64]) == 2
    assert await page.evaluate(script, [lines[1:], "0" * 64]) == 0


async def test_a_phone_with_a_wrong_clock_signs_again_by_the_services_clock(page: Page):
    public, now = await a_key(page), int(time.time())
    created: list[int] = []

    async def answer(route: Route) -> None:
        signed = await verified_then(route.request)
        created.append(signed.created)
        if abs(signed.created - now) > 300:
            body = {"code": "terminal_clock", "status": 401, "now": now}
            await route.fulfill(status=401, json=body, content_type="application/problem+json")
        else:
            await route.fulfill(json={"late": False})

    async def verified_then(request: Request) -> signature_rules.Signed:
        headers = await request.all_headers()
        signed = signature_rules.read([(k.encode(), v.encode()) for k, v in headers.items()])
        path = request.url.split("/", 3)[3]
        base = signed.base(request.method, f"/{path}", "")
        assert verifier_of(signed.algorithm, public)(signed.signature, base)
        return signed

    await page.route("**/v1/**", answer)
    await page.evaluate("() => { const real = Date.now; Date.now = () => real() - 86400e3; }")
    for _ in range(2):
        said = await page.evaluate(SEND, [TERMINAL, None, "GET", "/v1/terminal", None])
        assert said == {"said": {"late": False}}
    assert [abs(one - now) > 300 for one in created] == [True, False, False]
    assert abs(await page.evaluate("offset") - 86_400_000) < 5_000


async def test_a_service_that_insists_on_another_time_is_not_asked_for_ever(page: Page):
    await a_key(page)
    count = 0

    async def answer(route: Route) -> None:
        nonlocal count
        count += 1
        await route.fulfill(status=401, json={"code": "terminal_clock", "now": 5})

    await page.route("**/v1/**", answer)
    said = await page.evaluate(SEND, [TERMINAL, None, "GET", "/v1/terminal", None])
    assert (said["name"], said["code"], count) == ("RequestRefused", "terminal_clock", 2)


async def test_a_refusal_is_told_from_an_answer_that_is_nobodys(page: Page):
    await a_key(page)
    answers: list[dict[str, Any]] = [
        {
            "status": 409,
            "json": {"code": "insufficient_entitlement", "messages": {"id": {"title": "Habis"}}},
        },
        {"status": 502, "body": "<h1>Bad gateway</h1>", "content_type": "text/html"},
        # A captive portal says "200" to everything.
        {"status": 200, "body": "<h1>Selamat datang di Wi-Fi</h1>", "content_type": "text/html"},
        {"status": 302, "headers": {"location": "/elsewhere"}},
        {"status": 204, "body": ""},
        {"status": 503, "json": {"nothing": "of ours"}},
    ]

    async def answer(route: Route) -> None:
        await route.fulfill(**answers.pop(0))

    await page.route("**/v1/**", answer)
    said = []
    while answers:
        said.append(await page.evaluate(SEND, [TERMINAL, None, "POST", "/v1/leases", {}]))
    names = [one.get("name", one.get("said")) for one in said]
    assert names == ["RequestRefused", "NoAnswer", "NoAnswer", "NoAnswer", None, "NoAnswer"]
    assert said[0]["code"] == "insufficient_entitlement"
    assert said[0]["messages"] == {"id": {"title": "Habis"}}


async def test_no_network_and_a_service_that_never_answers_end_as_no_answer(page: Page):
    await a_key(page)

    async def never(_route: Route) -> None:
        return None

    await page.route("**/v1/never", never)
    told = [TERMINAL, None, "GET", "/v1/never", None, {"withinMs": 200}]
    assert (await page.evaluate(SEND, told))["name"] == "NoAnswer"
    await page.context.set_offline(True)
    await page.unroute("**/v1/never")
    assert (await page.evaluate(SEND, told))["name"] == "NoAnswer"
    await page.context.set_offline(False)


async def test_a_browser_without_ed25519_makes_no_such_key(browser: Browser):
    before = "crypto.subtle.importKey = () => Promise.reject(new Error('unknown'));"
    async with library_page(browser, before=before) as page:
        script = """async () => {
          const { createKey, ED25519 } = await lib("terminal_key");
          const refused = await createKey(ED25519).catch((error) => error.name);
          return [refused, (await createKey()).algorithm];
        }"""
        assert await page.evaluate(script) == ["TypeError", "ecdsa-p256-sha256"]
