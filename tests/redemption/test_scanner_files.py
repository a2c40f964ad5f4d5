"""What the terminal's app weighs on the wire, and that its worker is told of every file."""

import json
import re
from typing import Any

import httpx2 as httpx

from common.web.assets import COMPRESS_FROM_BYTES
from redemption.scanner.routes import FOLDER

# A phone on a network of 50 kbit/s opens the app in some twenty seconds, once.
FIRST_BYTES_MAX = 125_000
ALL_BYTES_MAX = 640_000
MODULES = re.compile(r'(?:from|import\() ?"(\.{1,2}/[\w./]+|/static/[\w./]+)"')


async def told(client: httpx.AsyncClient) -> dict[str, list[str]]:
    """The files that the worker keeps, by how it fetches them."""
    worker = await client.get("/terminal/worker.js")
    line = next(one for one in worker.text.splitlines() if one.startswith("const FILES = "))
    found: dict[str, list[str]] = json.loads(line.removeprefix("const FILES = ").rstrip(";"))
    return found


async def together(client: httpx.AsyncClient, group: str) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get(f"/terminal/files/{group}.json")).json()
    return found


async def on_the_wire(client: httpx.AsyncClient, address: str) -> int:
    """How many bytes of an answer travel."""
    async with client.stream("GET", address, headers={"accept-encoding": "gzip"}) as answer:
        assert answer.status_code == 200, address
        return sum([len(part) async for part in answer.aiter_raw()])


async def test_the_app_opens_after_a_tenth_of_a_megabyte_and_is_whole_after_six(
    client: httpx.AsyncClient,
):
    files = await told(client)
    start = ["/static/scanner/app.css", "/static/scanner/start.js", "/terminal/worker.js"]
    first = [*start, "/terminal/files/first.json", *files["alone"]]
    weights = {one: await on_the_wire(client, one) for one in first}
    assert sum(weights.values()) < FIRST_BYTES_MAX, weights
    rest = ["/terminal/files/rest.json", *files["named"]]
    weights |= {one: await on_the_wire(client, one) for one in rest}
    assert sum(weights.values()) < ALL_BYTES_MAX, weights


async def test_what_comes_in_one_answer_is_what_each_address_gives(client: httpx.AsyncClient):
    files = await told(client)
    for group in ("first", "rest"):
        kept = await together(client, group)
        assert list(kept) == files[group]
        for address in (files[group][0], files[group][-1]):
            answer = await client.get(address)
            assert kept[address] == [answer.headers["content-type"], answer.text]


async def test_every_module_that_another_names_is_kept(client: httpx.AsyncClient):
    files = await told(client)
    kept = await together(client, "first") | await together(client, "rest")
    every = {one.partition("?")[0] for group in files.values() for one in group}
    for address, (_, text) in kept.items():
        for name in MODULES.findall(text):
            named = str(httpx.URL(f"http://here{address}").join(name).path)
            assert named in every, (address, name)
    assert "/static/scanner/start.js" in kept
    assert "/static/scanner/worker.js" not in every
    assert (FOLDER / "app.html").read_text().count("/static/scanner/start.js") == 1


async def test_what_has_not_changed_is_not_sent_again(client: httpx.AsyncClient):
    files = await told(client)
    lasting = "public, max-age=31536000, immutable"
    for address in [*files["alone"][1:], "/terminal/worker.js", "/terminal/files/first.json"]:
        answer = await client.get(address, headers={"accept-encoding": "gzip"})
        again = {"accept-encoding": "gzip", "if-none-match": answer.headers["etag"]}
        repeated = await client.get(address, headers=again)
        assert (repeated.status_code, repeated.content) == (304, b""), address
        is_small = len(answer.content) < COMPRESS_FROM_BYTES
        assert ("content-encoding" in answer.headers) != is_small, address
        plain = await client.get(address, headers={"accept-encoding": "identity"})
        assert plain.text == answer.text
    for address in files["named"]:
        assert (await client.get(address)).headers["cache-control"] == lasting
