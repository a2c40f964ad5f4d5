"""The page's own check of cards says what the reference says, of everything that can be shown."""

import json
import zlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from playwright.async_api import Browser, Page
from tests.chromium import CHROMIUM
from tests.common.hostile import OUR_P256, OURS, RING, STRANGER
from tests.common.test_card_token_vectors import VECTORS, published
from tests.common.tokens import NOW, ed25519_issuer
from tests.common.trust import ADDRESS, Root, a_bundle, a_content, a_delta, a_list
from tests.redemption.library_page import as_base64, library_page
from tests.redemption.scanner_cases import (
    DAY,
    HOUR,
    ISSUERS,
    ROOT,
    as_said,
    cards,
    everything,
    terminals,
)

from common import card_number
from common.cose import to_be_signed
from common.offline_check import Kept, check
from common.status_list import NAMES, status_list_header, status_list_token
from common.trust_bundle import BundleRefused, verify_bundle

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: make setup installs it, or give CHROMIUM=/path"
)
VERIFIED_WITHIN_MS = 20.0
OURS_SEED = bytes(range(32))
PINNED = ROOT.key.public_key.hex()
# As browsers before Chrome 137 do.
NO_ED25519 = """
const importKey = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (form, key, algorithm, ...rest) =>
  (algorithm.name ?? algorithm) === "Ed25519"
    ? Promise.reject(new DOMException("unknown", "NotSupportedError"))
    : importKey(form, key, algorithm, ...rest);
"""
CHECK_ALL = """async ([root, terminals, cases]) => {
  const [{ Kept }, { check }] = [await lib("kept"), await lib("offline_check")];
  const kept = {};
  for (const [name, files] of Object.entries(terminals)) {
    kept[name] = await Kept.pinnedTo([root]);
    await kept[name].takeBundle(bytes(files.bundle), files.at);
    for (const list of files.lists) await kept[name].takeList(bytes(list));
    if (files.delta) await kept[name].takeDelta(bytes(files.delta));
  }
  const told = [];
  for (const [name, text, at] of cases) {
    const { token, ...said } = await check(text, kept[name], at);
    told.push({ ...said, card: token?.cardId ?? null, name: token?.printedName ?? null });
  }
  return told;
}"""
TIMED = """async ([root, bundle, list, text, at]) => {
  const [{ Kept }, { check }] = [await lib("kept"), await lib("offline_check")];
  const kept = await Kept.pinnedTo([root]);
  await kept.takeBundle(bytes(bundle), at);
  await kept.takeList(bytes(list));
  const took = [];
  for (let round = 0; round < 30; round++) {
    const began = performance.now();
    const { outcome } = await check(text, kept, at);
    took.push(performance.now() - began);
    if (outcome !== "valid") throw new Error(outcome);
  }
  return took;
}"""


@pytest.fixture(scope="module")
async def page(chromium: Browser) -> AsyncIterator[Page]:
    async with library_page(chromium) as opened:
        yield opened


def milliseconds(moment: Any) -> int:
    return int(moment.timestamp() * 1000)


async def said_in(page: Page, cases: list[tuple[str, str, Any]]) -> list[dict[str, Any]]:
    held = {
        name: {**terminal.as_json(), "at": milliseconds(NOW)}
        for name, terminal in terminals().items()
    }
    asked = [[name, text, milliseconds(at)] for name, text, at in cases]
    said: list[dict[str, Any]] = await page.evaluate(CHECK_ALL, [PINNED, held, asked])
    return said


async def test_every_verdict_of_the_page_is_that_of_the_reference(page: Page):
    cases = everything()
    kept = {name: terminal.kept() for name, terminal in terminals().items()}
    expected = [as_said(check(text, kept[name], at)) for name, text, at in cases]
    said = await said_in(page, cases)
    wrong = [
        (case[0], case[1], one, other)
        for case, one, other in zip(cases, said, expected, strict=True)
        if one != other
    ]
    assert wrong[:3] == []
    words = Counter((one["outcome"], one["reason"]) for one in expected)
    # A table that reaches no valid card, or one kind of refusal only, would prove nothing.
    assert len(cases) > 1_500
    assert len(words) >= 18
    assert words["valid", ""] > 50


async def test_without_ed25519_in_the_browser_the_verdicts_are_the_same(browser: Browser):
    cases = everything()[::7]
    kept = {name: terminal.kept() for name, terminal in terminals().items()}
    async with library_page(browser, before=NO_ED25519) as page:
        assert not await page.evaluate("async () => (await lib('ed25519')).isNativelyKnown()")
        said = await said_in(page, cases)
    expected = [as_said(check(text, kept[name], at)) for name, text, at in cases]
    assert said == expected


@pytest.mark.parametrize("before", ["", NO_ED25519], ids=["WebCrypto", "noble"])
async def test_a_card_is_verified_long_before_anybody_notices(
    browser: Browser, before: str, request: pytest.FixtureRequest
):
    terminal, text = terminals()["list"], cards()["valid"]
    async with library_page(browser, before=before) as page:
        given = [PINNED, as_base64(terminal.bundle), as_base64(terminal.lists[0]), text]
        took = sorted(await page.evaluate(TIMED, [*given, milliseconds(NOW)]))
    request.node.user_properties.append(("verification_ms_median", took[len(took) // 2]))
    assert took[len(took) // 2] < VERIFIED_WITHIN_MS


async def test_of_two_keys_with_one_id_the_one_that_signed_is_found(page: Page):
    # Four bytes collide only after billions of keys, so the second is given the first one's id.
    script = """async ([root, bundle, other, text, at]) => {
      const [{ Kept }, { check }] = [await lib("kept"), await lib("offline_check")];
      const { keyRing } = await lib("keys");
      const kept = await Kept.pinnedTo([root]);
      await kept.takeBundle(bytes(bundle), at);
      const [ours] = kept.held.bundle.keys;
      const second = (await lib("keys")).publicKey("Ed25519", bytes(other));
      const colliding = { ...ours, ...(await second), kid: ours.kid };
      const said = [];
      for (const keys of [[colliding, ours], [colliding]]) {
        kept.held = { ...kept.held, bundle: { ...kept.held.bundle, ring: keyRing(keys) } };
        said.push((await check(text, kept, at)).reason);
      }
      return said;
    }"""
    other = STRANGER.key.public_key.public_bytes_raw()  # type: ignore[union-attr]
    given = [PINNED, as_base64(terminals()["list"].bundle), as_base64(other), cards()["valid"]]
    said = await page.evaluate(script, [*given, milliseconds(NOW)])
    assert said == ["list_missing", "bad_signature"]
    assert check(cards()["valid"], _with_ring(RING), NOW).reason == "list_missing"


def _with_ring(ring: Any) -> Kept:
    held = terminals()["no list"].kept()
    held.bundle = replace(held.bundle, ring=ring)
    return held


# ------------------------------------------------------------------------------------ what is kept

TAKE = """async ([roots, steps]) => {
  const { Kept } = await lib("kept");
  const kept = await Kept.pinnedTo(roots);
  const take = {
    bundle: (data, at) => kept.takeBundle(data, at),
    list: (data) => kept.takeList(data),
    delta: (data) => kept.takeDelta(data),
  };
  const told = [];
  for (const [what, data, at] of steps) {
    told.push(await take[what](bytes(data), at).catch((error) => error.code));
  }
  const { bundle, lists, delta } = kept.held;
  return { told, version: bundle?.version ?? 0, lists: lists.size, delta: Boolean(delta) };
}"""


async def taken(page: Page, *steps: tuple[str, bytes], at: Any = NOW) -> dict[str, Any]:
    sent = [[what, as_base64(data), milliseconds(at)] for what, data in steps]
    told: dict[str, Any] = await page.evaluate(TAKE, [[PINNED], sent])
    return told


def bundle_of(version: int, root: Root = ROOT, **others: Any) -> bytes:
    return a_bundle(root, a_content(root, ISSUERS, version=version, **others))


def spoilt(data: bytes) -> bytes:
    return data[:-1] + bytes((data[-1] ^ 1,))


async def test_bundles_are_refused_in_the_words_of_the_reference(page: Page):
    stranger, first = Root(9), bundle_of(5)
    offered = {
        "older_version": bundle_of(4),
        "other_content": bundle_of(5, issuer="Lain"),
        "not_yet_valid": bundle_of(6, issued_at=NOW + HOUR, expires_at=NOW + DAY),
        "expired": bundle_of(6, issued_at=NOW - 2 * DAY, expires_at=NOW - DAY),
        "unknown_root": bundle_of(6, root=stranger),
        "bad_signature": spoilt(bundle_of(6)),
        "wrong_type": a_list(OURS, {}),
    }
    malformed = [
        b"",
        bundle_of(6, root=Root(2), issued_at=NOW)[:-70],
        bundle_of(6, issued_at=NOW, expires_at=NOW + 31 * DAY),
        bundle_of(6, issuer="x" * 201),
        bundle_of(6, lists={1000: "https://kartu.example/s/1000"}),
        bundle_of(6, root=ROOT, next_root=ROOT.key) + b"\x00",
    ]
    known = verify_bundle(first, [ROOT.key], NOW)
    for data in (*offered.values(), *malformed):
        with pytest.raises(BundleRefused) as refused:
            verify_bundle(data, known.roots, NOW, known=known)
        told = await taken(page, ("bundle", first), ("bundle", data))
        assert told["told"] == [True, refused.value.code]
        assert told["version"] == 5
    said = [await taken(page, ("bundle", first), ("bundle", data)) for data in offered.values()]
    assert [one["told"][1] for one in said] == list(offered)


async def test_a_root_that_is_followed_by_the_next_one_is_followed_by_the_terminal(page: Page):
    second, third = Root(2), Root(3)
    steps = [
        bundle_of(1, next_root=second.key),
        bundle_of(2, root=second, next_root=third.key),
        bundle_of(3, root=third, next_root=Root(4).key),
        bundle_of(4, root=ROOT),
    ]
    told = await taken(page, *(("bundle", data) for data in steps))
    assert told["told"] == [True, True, True, "unknown_root"]


async def test_lists_and_deltas_are_taken_and_refused_as_by_the_reference(page: Page):
    good = a_list(OURS, {7: 1})
    later = a_list(OURS, {7: 1}, at=NOW + HOUR)
    delta = a_delta(OURS, [(0, 7, 1)], base={0: NOW}, at=NOW + HOUR)
    told = await taken(
        page,
        ("list", good),
        ("bundle", bundle_of(1)),
        ("list", later),
        ("list", good),
        ("list", spoilt(good)),
        ("list", a_list(STRANGER, {})),
        ("list", a_list(OURS, {}, at=NOW - 60 * DAY)),
        ("list", good[:-100]),
        ("list", delta),
        ("delta", delta),
        ("delta", a_delta(OURS, [], base={0: NOW}, at=NOW)),
        ("delta", a_delta(OURS, [(1, 7, 1)], base={0: NOW}, at=NOW + DAY)),
        ("delta", good),
    )
    assert told["told"] == [
        "unknown_key",
        True,
        True,
        False,
        "bad_signature",
        "unknown_key",
        "key_out_of_validity",
        "malformed",
        "malformed",
        True,
        False,
        "malformed",
        "malformed",
    ]
    assert (told["lists"], told["delta"]) == (1, True)


async def test_a_list_that_unfolds_without_end_is_refused(page: Page):
    told = await taken(
        page,
        ("bundle", bundle_of(1)),
        ("list", a_wrapped_list(zlib.compress(bytes(1 << 25), 9), bits=2)),
        ("list", a_wrapped_list(zlib.compress(bytes(1 << 20), 9), bits=8)),
        ("list", a_wrapped_list(zlib.compress(bytes(64), 9) + b"x", bits=2)),
        ("list", a_wrapped_list(zlib.compress(bytes(64), 9)[:-3], bits=2)),
    )
    assert told["told"][1:] == ["malformed", True, "malformed", "malformed"]


def a_wrapped_list(compressed: bytes, bits: int, number: int = 0) -> bytes:
    payload = cbor2.dumps(
        {
            2: f"{ADDRESS}/{number}",
            6: int(NOW.timestamp()),
            4: int((NOW + DAY).timestamp()),
            65534: 43200,
            65533: {"bits": bits, "lst": compressed},
        }
    )
    header = status_list_header(OURS.key.algorithm, OURS.key.kid)
    return status_list_token(header, payload, OURS.sign(to_be_signed(header, payload)))


@published
async def test_the_lists_of_the_standard_are_read_as_it_says(page: Page):
    path = VECTORS / "token-status-list" / "tsl-draft20-vectors.json"
    script = """async ([root, bundle, lists, at]) => {
      const [{ Kept }, { statusAt }] = [await lib("kept"), await lib("status_list")];
      const kept = await Kept.pinnedTo([root]);
      await kept.takeBundle(bytes(bundle), at);
      const said = [];
      for (const [data, uri, indices] of lists) {
        await kept.takeList(bytes(data));
        said.push(indices.map((index) => statusAt(kept.held.lists.get(uri), index)));
      }
      return said;
    }"""
    lists, expected = [], []
    for number, vector in enumerate(json.loads(path.read_text())["vectors"]):
        said = cbor2.loads(bytes.fromhex(vector["cbor_hex"]))
        data = a_wrapped_list(said["lst"], said["bits"], number)
        codes = {int(index): code for index, code in vector["status"].items()} | {1: 0, 1 << 21: -1}
        lists.append([as_base64(data), f"{ADDRESS}/{number}", list(codes)])
        expected.append([NAMES.get(code, "revoked") for code in codes.values()])
    given = [PINNED, as_base64(bundle_of(1)), lists, milliseconds(NOW)]
    assert await page.evaluate(script, given) == expected


async def test_what_was_stored_comes_back_and_a_damaged_file_is_left_out(page: Page):
    script = """async ([root, files, text, at]) => {
      const [{ Kept }, { check }] = [await lib("kept"), await lib("offline_check")];
      const kept = await Kept.pinnedTo([root]);
      const outcomes = [(await check(text, kept, at)).reason];
      await kept.takeBundle(bytes(files.bundle), at);
      for (const list of files.lists) await kept.takeList(bytes(list));
      await kept.takeDelta(bytes(files.delta));
      const stored = structuredClone(kept.files());
      outcomes.push((await check(text, await Kept.restore([root], stored), at)).outcome);
      // Past every end: known still, valid no more.
      const later = at + 60 * 86400e3;
      outcomes.push((await check(text, await Kept.restore([root], stored), later)).reason);
      for (const spoil of ["list", "bundle"]) {
        const file = spoil === "bundle" ? stored.bundle : Object.values(stored.lists)[0];
        file[file.length - 1] ^= 1;
        outcomes.push((await check(text, await Kept.restore([root], stored), at)).reason);
      }
      const ages = kept.ages(later);
      const lists = ages.lists.map((one) => one.isExpired ?? "missing");
      return [outcomes, ages.bundle.isExpired, lists, ages.delta.isFresh];
    }"""
    terminal = terminals()["empty delta"]
    given = [PINNED, terminal.as_json(), cards()["valid"], milliseconds(NOW)]
    outcomes, bundle, lists, delta = await page.evaluate(script, given)
    assert outcomes == ["trust_missing", "valid", "list_expired", "list_missing", "trust_missing"]
    assert (bundle, lists, delta) == (True, [True, True, "missing", "missing"], False)


async def test_a_stolen_key_takes_its_lists_with_it_and_a_check_meanwhile_sees_a_whole(page: Page):
    stolen = ed25519_issuer(OURS_SEED, state="compromised")
    newer = a_bundle(ROOT, a_content(ROOT, [stolen, OUR_P256], version=2))
    script = """async ([root, files, newer, text, at]) => {
      const [{ Kept }, { check }] = [await lib("kept"), await lib("offline_check")];
      const kept = await Kept.pinnedTo([root]);
      await kept.takeBundle(bytes(files.bundle), at);
      for (const list of files.lists) await kept.takeList(bytes(list));
      const taking = kept.takeBundle(bytes(newer), at);
      const meanwhile = (await check(text, kept, at)).outcome;
      await taking;
      return [meanwhile, (await check(text, kept, at)).reason, kept.held.lists.size];
    }"""
    given = [PINNED, terminals()["list"].as_json(), as_base64(newer), cards()["valid"]]
    said = await page.evaluate(script, [*given, milliseconds(NOW)])
    assert said == ["valid", "key_compromised", 1]


async def test_typed_card_numbers_are_read_as_by_the_service(page: Page):
    ids = ["1122334455667788", "0000000000000000", "ffffffffffffffff", "00a1b2c3d4e5f607"]
    numbers = [card_number.card_number(one) for one in ids]
    typed = [numbers[0].lower().replace("-", " "), numbers[0].replace("1", "I"), numbers[3]]
    wrong = [numbers[0][:-1] + "0", numbers[0][:-1], "", "Z" * 14, numbers[0].replace("1", "U", 1)]
    script = """async (texts) => {
      const { parseCardNumber, cardNumber } = await lib("card_number");
      const said = ({ cardId, fault }) => fault ?? [cardId, cardNumber(cardId)];
      return texts.map((text) => said(parseCardNumber(text)));
    }"""
    said = await page.evaluate(script, [*numbers, *typed, *wrong])
    for text, one in zip([*numbers, *typed], said, strict=False):
        found = card_number.parse_card_number(text)
        assert one == [found, card_number.card_number(found)]
    for text, one in zip(wrong, said[-len(wrong) :], strict=True):
        with pytest.raises(card_number.WrongCardNumber) as error:
            card_number.parse_card_number(text)
        assert one == ("mistyped" if error.value.mistyped else "short")
