"""Reading cards in the page: camera, both decoders, photos; what it sounds like, what it asks."""

import base64
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cv2
import numpy
import pytest
import zxingcpp
from playwright.async_api import Browser, Page
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.chromium import CHROMIUM
from tests.common.hostile import OURS
from tests.common.tokens import NOW, a_token, claims
from tests.common.trust import a_bundle, a_content, a_delta, a_list
from tests.redemption.browser import HEIGHT, WIDTH, with_camera
from tests.redemption.library_page import library_page, served
from tests.redemption.scanner_cases import ISSUERS, ROOT

from common.card_token import StatusReference
from common.public_file import answer_file, no_such_file

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: make setup installs it, or give CHROMIUM=/path"
)
WITHIN_MS = 1000.0
TOKEN = a_token(OURS, claims(status=StatusReference(7, "https://kartu.example/s/0")))
DECODER = """
globalThis.decoderOf = async (others) => {
  const { Decoder } = await lib("decoding");
  const vendor = "/static/vendor";
  return new Decoder({
    worker: "/terminal/lib/decoder.js",
    reader: `${vendor}/zxing/reader.js`,
    wasm: `${vendor}/zxing/zxing_reader.wasm`,
    plain: `${vendor}/qr/decode.js`,
    ...others,
  });
};
"""
NO_MEMORY = """
const full = () => Promise.reject(new RangeError("out of memory"));
WebAssembly.instantiate = WebAssembly.instantiateStreaming = WebAssembly.compile = full;
"""
# The camera until the first text, in milliseconds since the person asked for it.
SCAN = """async (wanted) => {
  const [{ Camera }, decoder] = [await lib("camera"), await decoderOf()];
  decoder.warmUp();
  const video = Object.assign(document.createElement("video"), { muted: true, playsInline: true });
  document.body.append(video);
  const states = [], began = performance.now();
  let text;
  await new Promise((resolve, reject) => {
    const onText = (found) => ((text = found), resolve(), new Promise(() => {}));
    const onState = (state) => states.push(state);
    globalThis.camera = new Camera({ video, decoder, onText, onState });
    setTimeout(() => reject(new Error(`nothing read: ${states}`)), 20000);
    camera.start();
  });
  const took = performance.now() - began;
  const size = [video.videoWidth, video.videoHeight];
  camera.stop();
  return { text, took, by: decoder.by, states, size, isOn: camera.isOn };
}"""


def tilted(token: str) -> Any:
    """What a camera sees of a card that is held askew, in poor light, slightly out of focus."""
    code = zxingcpp.create_barcode(token, zxingcpp.BarcodeFormat.QRCode, ec_level="M", version=11)
    drawn = numpy.array(zxingcpp.write_barcode_to_image(code, scale=6, add_quiet_zones=True))
    height, width = drawn.shape
    here = numpy.array([[0, 0], [width, 0], [width, height], [0, height]], "float32")
    there = numpy.array([[480, 130], [890, 190], [845, 600], [430, 545]], "float32")
    turned = cv2.getPerspectiveTransform(here, there)
    picture = cv2.warpPerspective(
        drawn, turned, (WIDTH, HEIGHT), flags=cv2.INTER_AREA, borderValue=150
    )
    shade = numpy.linspace(0.55, 0.95, WIDTH)[None, :]
    noise = numpy.random.default_rng(3).normal(0, 9, picture.shape)
    seen = picture * shade + 20 + noise
    return cv2.GaussianBlur(seen.clip(0, 255).astype("uint8"), (0, 0), 0.8)


def film(path: Path) -> Path:
    picture = tilted(TOKEN).tobytes()
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F30:1 Ip A1:1 C420mpeg2\n".encode())
        for _ in range(3):
            out.write(b"FRAME\n" + picture + b"\x80" * (WIDTH * HEIGHT // 2))
    return path


@pytest.fixture(scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    async with with_camera(film(tmp_path_factory.mktemp("camera") / "card.y4m")) as started:
        yield started


@pytest.fixture(scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with library_page(browser, before=DECODER) as opened:
        yield opened


async def test_a_tilted_card_in_poor_light_is_read_within_a_second(
    page: Page, request: pytest.FixtureRequest
):
    found = await page.evaluate(SCAN)
    assert found["text"] == TOKEN
    assert found["by"] == "zxing"
    assert found["size"] == [WIDTH, HEIGHT]
    assert found["states"] == ["starting", "watching", "stopped"]
    assert not found["isOn"]
    # The best of three: what else this machine does at the moment is not the page's doing.
    took = [found["took"]]
    while min(took) > WITHIN_MS and len(took) < 3:
        took.append((await page.evaluate(SCAN))["took"])
    request.node.user_properties.append(("first_decode_ms", took[0]))
    assert min(took) < WITHIN_MS


@pytest.mark.parametrize(
    "missing",
    [
        {"without": "zxing_reader.wasm"},
        {"without": "zxing/reader.js"},
        {"in_worker": "delete self.WebAssembly;"},
        # As on a phone whose memory is full.
        {"in_worker": NO_MEMORY},
    ],
    ids=["no wasm file", "no reader", "no WebAssembly", "no memory"],
)
async def test_without_webassembly_a_decoder_in_plain_javascript_reads_the_same(
    browser: Browser, missing: dict[str, Any]
):
    async with library_page(browser, before=DECODER, **missing) as page:
        found = await page.evaluate(SCAN)
    assert (found["text"], found["by"]) == (TOKEN, "qr")


async def test_where_nothing_can_decode_the_page_says_so(browser: Browser):
    script = """async () => {
      const decoder = await decoderOf({ reader: "/none.js", plain: "/none.js" });
      const text = await decoder.read(new ImageData(8, 8));
      return [text, decoder.isBroken];
    }"""
    async with library_page(browser, before=DECODER) as page:
        assert await page.evaluate(script) == [None, True]


async def test_a_photo_is_read_and_one_without_a_code_is_not(page: Page):
    script = """async (photos) => {
      const [{ Camera }, decoder] = [await lib("camera"), await decoderOf()];
      const camera = new Camera({ video: document.createElement("video"), decoder, onText() {} });
      const told = [];
      for (const photo of photos) told.push(await camera.readPhoto(new Blob([bytes(photo)])));
      return told;
    }"""
    large = cv2.resize(tilted(TOKEN), (2 * WIDTH, 2 * HEIGHT))
    photos = [cv2.imencode(".jpg", image)[1].tobytes() for image in (large, large[:200, :200])]
    given = [base64.b64encode(data).decode() for data in (*photos, b"no picture at all")]
    assert await page.evaluate(script, given) == [TOKEN, None, None]


async def test_the_camera_is_off_while_nobody_sees_the_page(page: Page):
    script = """async () => {
      const { Camera } = await lib("camera");
      const video = Object.assign(document.createElement("video"), { muted: true });
      const decoder = { warmUp() {}, read: async () => null };
      const camera = new Camera({ video, decoder, onText() {} });
      await camera.start();
      const [track] = video.srcObject.getVideoTracks();
      const seen = [camera.isOn, track.readyState];
      const hide = (hidden) => {
        Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event("visibilitychange"));
      };
      hide(true);
      seen.push(camera.isOn, track.readyState);
      hide(false);
      for (let tries = 0; tries < 100 && !camera.isOn; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      seen.push(camera.isOn);
      camera.stop();
      hide(true);
      hide(false);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return [...seen, camera.isOn];
    }"""
    assert await page.evaluate(script) == [True, "live", False, "ended", True, False]


async def test_a_camera_that_may_not_be_used_or_is_not_there_is_named(page: Page):
    script = """async () => {
      const { Camera } = await lib("camera");
      const states = [];
      const camera = new Camera({
        video: document.createElement("video"),
        decoder: { warmUp() {} },
        onText() {},
        onState: (state) => states.push(state),
      });
      const real = navigator.mediaDevices.getUserMedia;
      for (const name of ["NotAllowedError", "NotFoundError"]) {
        navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("no", name); };
        await camera.start();
      }
      navigator.mediaDevices.getUserMedia = real;
      return states;
    }"""
    assert await page.evaluate(script) == ["starting", "denied", "starting", "none"]


async def test_good_bad_and_unsure_sound_unlike_each_other(page: Page):
    script = """async () => {
      const { play, tell, unlock } = await lib("sounds");
      const shakes = [];
      navigator.vibrate = (pattern) => shakes.push(pattern);
      const heard = {};
      for (const kind of ["good", "bad", "unsure"]) {
        const context = new OfflineAudioContext(1, 8000, 8000);
        play(context, kind);
        const wave = (await context.startRendering()).getChannelData(0);
        // Where the level crosses zero tells the pitch; where it is loud, the rhythm.
        const parts = Array.from({ length: 20 }, (_, at) => wave.slice(at * 400, at * 400 + 400));
        const crossings = (part) => part.filter((one, at) => at && one * part[at - 1] < 0).length;
        heard[kind] = parts.map(crossings);
        unlock();
        tell(kind);
        tell(kind, { sound: false, shake: false });
      }
      return [heard, shakes];
    }"""
    heard, shakes = await page.evaluate(script)
    good, bad, unsure = (heard[kind] for kind in ("good", "bad", "unsure"))
    assert good[0] < good[3] > 100
    assert 0 < max(bad) < 30
    assert sum(one > 0 for one in bad) >= 9
    loud = [one > 10 for one in unsure]
    assert sum(now and not before for before, now in zip([False, *loud], loud, strict=False)) == 3
    assert len({str(one) for one in shakes}) == len(shakes) == 3


# ------------------------------------------------------------------------- fetching what is public

FETCH = """async ([root, url, at]) => {
  const [{ Kept }, { refresh }] = [await lib("kept"), await lib("refresh")];
  globalThis.kept ??= await Kept.pinnedTo([root]);
  const told = await refresh(kept, url, () => at);
  return { ...told, lists: kept.held.lists.size, version: kept.held.bundle?.version ?? 0 };
}"""


class Publisher:
    """The public files of an issuer as our services answer with them, on another address."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: Counter[tuple[str, int]] = Counter()
        self.app = Starlette(routes=[Route("/{path:path}", self._answer)])

    def publish(self, address: str, version: int = 1) -> None:
        lists = {number: f"{address}/s/{number}" for number in range(2)}
        content = a_content(
            ROOT, ISSUERS, version=version, lists=lists, delta_uri=f"{address}/s/delta.cbor"
        )
        self.files["/trust/bundle.cbor"] = a_bundle(ROOT, content)

    def _answer(self, request: Request) -> Response:
        body = self.files.get(request.url.path)
        if body is None:
            answer = Response(status_code=404, headers=dict(no_such_file().headers or {}))
        else:
            answer = answer_file(request, body, "application/cbor", max_age_s=60)
        self.answers[request.url.path, answer.status_code] += 1
        return answer


async def test_bundle_lists_and_delta_are_fetched_and_only_asked_for_when_unchanged(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
):
    publisher = Publisher()
    async with served(publisher.app) as address, library_page(browser, connect=[address]) as page:
        monkeypatch.setattr("tests.common.trust.ADDRESS", f"{address}/s")
        publisher.publish(address)
        publisher.files |= {
            "/s/0": a_list(OURS, {7: 1}),
            "/s/1": a_list(OURS, {}, number=1),
            "/s/delta.cbor": a_delta(OURS, [(0, 8, 1)], base={0: NOW, 1: NOW}),
        }
        given = [ROOT.key.public_key.hex(), f"{address}/trust/bundle.cbor", NOW.timestamp() * 1000]
        first, second = await page.evaluate(FETCH, given), await page.evaluate(FETCH, given)
        assert first == {"changed": True, "problems": [], "lists": 2, "version": 1}
        assert second == first | {"changed": False}
        assert publisher.answers == {
            (path, status): 1 for path in publisher.files for status in (200, 304)
        }
        # Of a delta and a list one is missing now and one is spoilt: the rest is still renewed.
        publisher.publish(address, version=2)
        whole = publisher.files["/s/0"]
        publisher.files["/s/0"] = whole[:-1] + bytes([whole[-1] ^ 1])
        del publisher.files["/s/delta.cbor"]
        third = await page.evaluate(FETCH, given)
        assert [(one["what"], one["code"]) for one in third["problems"]] == [
            ("list", "bad_signature"),
            ("delta", "not_published"),
        ]
        assert (third["changed"], third["lists"], third["version"]) == (True, 2, 2)


async def test_a_list_that_is_not_published_yet_is_not_missed(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
):
    publisher = Publisher()
    ages = """async (at) => {
      const { Kept } = await lib("kept");
      const lists = (one) => one.ages(at).lists.map(({ number }) => number);
      return [lists(kept), lists(await Kept.restore([], kept.files()))];
    }"""
    async with served(publisher.app) as address, library_page(browser, connect=[address]) as page:
        monkeypatch.setattr("tests.common.trust.ADDRESS", f"{address}/s")
        publisher.publish(address)
        publisher.files["/s/delta.cbor"] = a_delta(OURS, [], base={})
        at = NOW.timestamp() * 1000
        given = [ROOT.key.public_key.hex(), f"{address}/trust/bundle.cbor", at]
        assert (await page.evaluate(FETCH, given))["problems"] == []
        assert await page.evaluate(ages, at) == [[], []]
        # The delta names those that there are: a question for another would only be refused.
        assert {status for _, status in publisher.answers} == {200}
        publisher.files["/s/1"] = a_list(OURS, {}, number=1)
        publisher.files["/s/delta.cbor"] = a_delta(OURS, [], base={1: NOW})
        assert (await page.evaluate(FETCH, given))["changed"]
        assert await page.evaluate(ages, at) == [[1], [1]]


async def test_a_file_far_too_long_is_given_up(browser: Browser):
    async def long(_request: Request) -> Response:
        return Response(bytes(1 << 24), headers={"access-control-allow-origin": "*"})

    app = Starlette(routes=[Route("/bundle", long)])
    async with served(app) as address, library_page(browser, connect=[address]) as page:
        given = [ROOT.key.public_key.hex(), f"{address}/bundle", NOW.timestamp() * 1000]
        told = await page.evaluate(FETCH, given)
    # Read to its end it would be "malformed".
    assert [one["code"] for one in told["problems"]] == ["no_answer"]


async def test_the_policy_lets_the_page_ask_no_site_that_was_not_named(browser: Browser):
    publisher = Publisher()
    async with served(publisher.app) as address, library_page(browser, asks_others=True) as page:
        script = "(url) => fetch(url).then(() => 'answered', () => 'kept from asking')"
        assert await page.evaluate(script, f"{address}/trust/bundle.cbor") == "kept from asking"
        assert publisher.answers == {}
