"""Terminals, and what is shown to them: the same table for the page's check and the reference."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import cbor2
from tests.common.hostile import OUR_P256, OURS, RETIRED, STOLEN, STRANGER, hostile
from tests.common.test_card_token_vectors import files
from tests.common.tokens import NOW, a_raw_token, a_token, claims, ed25519_issuer
from tests.common.trust import ADDRESS, Root, a_bundle, a_content, a_delta, a_list
from tests.redemption.library_page import as_base64

from common.base45 import decode_base45, encode_base45
from common.card_token import StatusReference
from common.offline_check import Kept, Verdict
from common.trust_bundle import verify_bundle

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VALID, REVOKED, SUSPENDED, WAITING = 70, 71, 72, 73
LISTED = {REVOKED: 1, SUSPENDED: 2, WAITING: 3}
SHORT = ed25519_issuer(b"\x0d" * 32, verify_until=NOW + 340 * DAY)
ISSUERS = (OURS, OUR_P256, STOLEN, RETIRED, SHORT)
LATER_KEY = ed25519_issuer(b"\x0c" * 32)
ROOT = Root()
MOMENTS = (
    NOW,
    NOW + 2 * HOUR,
    NOW + 30 * HOUR,
    NOW + 8 * DAY,
    NOW + 40 * DAY,
    NOW + 345 * DAY,
    NOW - 3 * DAY,
)


@dataclass
class Terminal:
    """What one terminal was given, kept by the reference and as bytes for the page."""

    bundle: bytes
    lists: list[bytes] = field(default_factory=list)
    delta: bytes = b""

    def kept(self) -> Kept:
        held = Kept(verify_bundle(self.bundle, [ROOT.key], NOW))
        for data in self.lists:
            held.take_list(data)
        if self.delta:
            held.take_delta(self.delta)
        return held

    def as_json(self) -> dict[str, Any]:
        return {
            "bundle": as_base64(self.bundle),
            "lists": [as_base64(data) for data in self.lists],
            "delta": as_base64(self.delta),
        }


def a_delta_of(
    entries: Mapping[int, int], base: datetime = NOW, at: datetime = NOW + HOUR
) -> bytes:
    rows = [(0, index, status) for index, status in entries.items()]
    return a_delta(OURS, rows, base={0: base}, at=at)


def terminals() -> dict[str, Terminal]:
    bundle = a_bundle(ROOT, a_content(ROOT, ISSUERS))
    whole = [a_list(OURS, LISTED), a_list(OUR_P256, LISTED, number=1)]
    changed = {VALID: 2, SUSPENDED: 0, REVOKED: 0, WAITING: 0}
    ending = a_content(ROOT, ISSUERS, expires_at=NOW + 20 * HOUR)
    return {
        "list": Terminal(bundle, whole),
        "no list": Terminal(bundle),
        "empty delta": Terminal(bundle, whole, a_delta_of({})),
        "delta": Terminal(bundle, whole, a_delta_of(changed)),
        "delta blocks": Terminal(bundle, whole, a_delta_of({VALID: 1})),
        "delta of a newer list": Terminal(bundle, whole, a_delta_of(changed, NOW + HOUR / 2)),
        "delta older than list": Terminal(bundle, whole, a_delta_of(changed, at=NOW - HOUR)),
        "delta ends": Terminal(bundle, whole, a_delta(OURS, [(0, WAITING, 0)], base={0: NOW})),
        "list ends": Terminal(bundle, [a_list(OURS, LISTED, lives=HOUR)]),
        "bundle ends": Terminal(a_bundle(ROOT, ending), whole, a_delta_of({})),
    }


def cards() -> dict[str, str]:
    def card(index: int = VALID, number: int = 0, issuer: Any = OURS, **others: Any) -> str:
        status = StatusReference(index, f"{ADDRESS}/{number}")
        return a_token(issuer, claims(status=status, **others))

    good = card()
    return {
        "valid": good,
        "by ES256": card(number=1, issuer=OUR_P256),
        "revoked": card(REVOKED),
        "suspended": card(SUSPENDED),
        "waiting": card(WAITING),
        "beyond the list": card(5000),
        "on another list": card(number=3),
        "on a list of nobody": card(number=99),
        "after the list": card(issued_at=NOW - timedelta(seconds=30)),
        "of the future": card(issued_at=NOW + DAY),
        "ended": card(issued_at=NOW - 2 * DAY, expires_at=NOW - DAY),
        "ends soon": card(expires_at=NOW + HOUR),
        "before its key": card(issued_at=NOW - 31 * DAY),
        "of a stranger": card(issuer=STRANGER),
        "of a stranger with our id": card(issuer=replace(STRANGER, key=OURS.key)),
        "of a stolen key": card(issuer=STOLEN),
        "of a retired key": card(issuer=RETIRED),
        "of a key that runs out": card(issuer=SHORT),
        "of a key made since": card(issuer=LATER_KEY),
        "with a long name": card(printed_name="Ñ" * 20),
        "lower case": good.lower(),
        "with a prefix": f"KH1:{good}",
        "with a space": f"{good} ",
        "empty": "",
        "an address": "https://kartu.example/k?id=7",
    }


def signed_and_odd() -> Iterator[str]:
    """Yield what our own key signed and no card of ours is: in the claims, in the header."""
    good = cbor2.loads(claims(status=StatusReference(VALID, f"{ADDRESS}/0")))
    identity, status = good[169], good[65535]["status_list"]
    texts: dict[int, list[Any]] = {
        1: ["B7K2M4Q6XWZ3", "b7k2m4q6xwz3c", "B7K2M4Q6XWZ3C\n", b"B7K2M4Q6XWZ3C", "1" * 13],
        4: ["", "A" * 40, "A" * 41, "Ñ" * 21, 7, None],
    }
    for key, values in texts.items():
        yield from (a_raw_token(OURS, good | {169: identity | {key: value}}) for value in values)
    for uri in ("x" * 47, "😀" * 47, "x" * 48, 5):
        yield a_raw_token(OURS, good | {65535: {"status_list": status | {"uri": uri}}})
    for index in (-1, 1 << 32, 70.0, True, "70", None):
        yield a_raw_token(OURS, good | {65535: {"status_list": status | {"idx": index}}})
    for key, value in [(7, b"\x11" * 7), (7, "1" * 8), (6, -1), (6, 1.5), (4, 1 << 33), (4, True)]:
        yield a_raw_token(OURS, good | {key: value})
    yield a_raw_token(OURS, good | {169: identity | {2: "x"}})
    yield a_raw_token(OURS, good | {65535: good[65535] | {"x": 1}})
    yield a_raw_token(OURS, good | {65535: {"status_list": status | {"x": 1}}})
    yield a_raw_token(OURS, good | {170: 1})
    others: list[Any] = [[], [4, 6], "text", b"bytes", 7, None, {}]
    yield from (a_raw_token(OURS, other) for other in others)
    kid, payload = OURS.key.kid, claims(status=StatusReference(VALID, f"{ADDRESS}/0"))
    yield a_token(OURS, payload + b"\x00")
    ours: dict[Any, Any] = {1: -8, 4: kid}
    for header in (ours | {16: "x"}, {1: -8}, {4: kid}, ours | {1: -8.0}, ours | {1: "x"}):
        yield a_token(OURS, payload, cbor2.dumps(header, canonical=True))
    for header in (ours | {1: -19}, ours | {1: -7}, ours | {4: kid + b"x"}, ours | {4: "kid!"}):
        yield a_token(OURS, payload, cbor2.dumps(header, canonical=True))
    # The same meaning in another form, signed as it stands: longer numbers, another order.
    for written in (b"\xa2\x04\x44" + kid + b"\x01\x27", b"\xa2\x01\x38\x07\x04\x44" + kid):
        yield a_token(OURS, payload, written)
    yield "A" * 367
    yield "HC1:" + "A" * 400


def mutations(count: int = 160) -> Iterator[str]:
    """Yield the valid card with a little changed: a bit, a character, an end, two halves."""
    rng, good = random.Random(5), cards()["valid"]
    data = decode_base45(good)
    for number in range(count):
        at, bit = rng.randrange(len(data)), 1 << rng.randrange(8)
        place = rng.randrange(len(good))
        yield (
            encode_base45(data[:at] + bytes((data[at] ^ bit,)) + data[at + 1 :]),
            good[:place] + rng.choice("0A Z$:/%9") + good[place + 1 :],
            good[:place],
            good[place:] + good[:place],
        )[number % 4]


def foreign() -> Iterator[str]:
    """Yield cards of others, where the published vectors are at hand."""
    for path in files("claim169"):
        yield json.loads(path.read_text())["qr_data"]
    for path in files("cose-cwt"):
        yield encode_base45(bytes.fromhex(json.loads(path.read_text())["output"]["cbor"]))


def everything() -> list[tuple[str, str, datetime]]:
    """Return (terminal, text, moment): every card everywhere at every time, and what is hostile."""
    names = terminals()
    told = [(name, text, at) for name in names for text in cards().values() for at in MOMENTS]
    strange = [*mutations(), *signed_and_odd(), *foreign(), *(text for _, text in hostile(9, 180))]
    return told + [("delta", text, NOW + HOUR) for text in strange]


def as_said(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as the page says it."""
    since, token = verdict.since, verdict.token
    return {
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "since": since and int(since.timestamp() * 1000),
        "card": token and token.card_id,
        "name": token and token.printed_name,
        "notes": list(verdict.notes),
    }
