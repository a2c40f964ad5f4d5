"""Kinds of hostile tokens: each makes as many different ones as it is asked for, from a seed."""
# ruff: noqa: ARG001 - every kind is given both, and needs one or the other.

import hashlib
import hmac
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.common.tokens import NOW, Issuer, a_token, claims, ed25519_issuer, es256_issuer

from common.base45 import decode_base45, encode_base45
from common.card_encoding import protected_header, to_be_signed
from common.card_token import StatusReference, VerifyKey, key_ring
from common.cose import assemble

OURS, STRANGER, OUR_P256 = ed25519_issuer(), ed25519_issuer(b"\x07" * 32), es256_issuer()
STOLEN = ed25519_issuer(b"\x08" * 32, state="compromised")
RETIRED = ed25519_issuer(b"\x09" * 32, state="retired")
# Another key of ours that happens to have the same four bytes as the first.
COLLIDING = replace(OURS.key, public_key=ed25519_issuer(b"\x0a" * 32).key.public_key)
RING: dict[bytes, tuple[VerifyKey, ...]] = key_ring(
    [COLLIDING, OURS.key, OUR_P256.key, STOLEN.key, RETIRED.key]
)
HEADER = protected_header("Ed25519", OURS.key.kid)
# Where the parts of one of our tokens lie: frame, header, kid, payload, signature.
KID_AT, PAYLOAD_AT = range(8, 12), 15
FRAME = [*range(8), *range(12, 15)]


@dataclass(frozen=True)
class Kind:
    """One way to attack; `words` are the refusals that it may be told, one of them each time."""

    name: str
    words: frozenset[str]
    make: Callable[[random.Random, bytes], str]


KINDS: list[Kind] = []


def kind(name: str, *words: str) -> Callable[..., Any]:
    def keep(make: Callable[[random.Random, bytes], str]) -> Callable[..., str]:
        KINDS.append(Kind(name, frozenset(words), make))
        return make

    return keep


def some_claims(rng: random.Random, **others: Any) -> bytes:
    name = "".join(rng.choices("ABCDEFGHIJKLMNOPRSTUW ", k=rng.randint(1, 40)))
    reference = StatusReference(
        rng.randrange(1 << 20), f"https://kartu.example/s/{rng.randrange(9)}"
    )
    return claims(printed_name=name.strip() or "A", status=reference, **others)


def genuine_tokens(rng: random.Random, count: int) -> list[bytes]:
    return [decode_base45(a_token(OURS, some_claims(rng))) for _ in range(count)]


def flip(rng: random.Random, data: bytes, place: int) -> bytes:
    changed = bytearray(data)
    changed[place] ^= 1 << rng.randrange(8)
    return bytes(changed)


def signed(issuer: Issuer, payload: bytes, header: bytes = HEADER) -> str:
    return encode_base45(assemble(header, payload, issuer.sign(to_be_signed(header, payload))))


# ------------------------------------------------------------------------ changed on the way


@kind("a bit of the signature flipped", "bad_signature")
def _(rng, data):
    return encode_base45(flip(rng, data, rng.randrange(len(data) - 64, len(data))))


@kind("a bit of the claims flipped", "bad_signature")
def _(rng, data):
    return encode_base45(flip(rng, data, rng.randrange(PAYLOAD_AT, len(data) - 66)))


@kind("a bit of the key id flipped", "unknown_key")
def _(rng, data):
    return encode_base45(flip(rng, data, rng.choice(KID_AT)))


@kind("a bit of the frame flipped", "malformed", "wrong_version", "wrong_algorithm")
def _(rng, data):
    return encode_base45(flip(rng, data, rng.choice(FRAME)))


@kind("several bytes overwritten", "malformed", "wrong_version", "bad_signature", "unknown_key")
def _(rng, data):
    changed = bytearray(data)
    for _ in range(rng.randint(2, 12)):
        changed[rng.randrange(PAYLOAD_AT, len(data))] ^= rng.randrange(1, 256)
    return encode_base45(bytes(changed)) if bytes(changed) != data else ""


@kind("cut off", "malformed")
def _(rng, data):
    return encode_base45(data[: rng.randrange(len(data))])


@kind("text cut off", "malformed")
def _(rng, data):
    text = encode_base45(data)
    return text[: rng.randrange(len(text))]


@kind("something behind it", "malformed")
def _(rng, data):
    return encode_base45(data + rng.randbytes(rng.randint(1, 60)))


@kind("payload and signature swapped", "malformed")
def _(rng, data):
    return encode_base45(assemble(HEADER, data[-64:], data[PAYLOAD_AT : len(data) - 66]))


@kind("another card's signature", "bad_signature")
def _(rng, data):
    return encode_base45(data[:-64] + OURS.sign(rng.randbytes(40)))


@kind("status reference edited", "bad_signature")
def _(rng, data):
    at = data.index(b"\x63idx") + 5
    return encode_base45(flip(rng, data, at))


@kind("another list's address", "bad_signature")
def _(rng, data):
    at = data.index(b"kartu.example/s/") + 16
    return encode_base45(data[:at] + bytes([data[at] ^ rng.randint(1, 7)]) + data[at + 1 :])


# ------------------------------------------------------------------- signed by somebody else


@kind("re-signed by a stranger under our key id", "bad_signature")
def _(rng, data):
    return signed(STRANGER, some_claims(rng))


@kind("signed by a stranger under the stranger's key id", "unknown_key")
def _(rng, data):
    return a_token(STRANGER, some_claims(rng))


@kind("any key id", "unknown_key")
def _(rng, data):
    kid = rng.randbytes(4)
    return signed(OURS, some_claims(rng), protected_header("Ed25519", kid))


@kind("a key id of another length", "malformed")
def _(rng, data):
    kid = rng.choice([b"", OURS.key.kid[:3], OURS.key.kid + b"\0", rng.randbytes(8)])
    return signed(OURS, some_claims(rng), cbor2.dumps({1: -8, 4: kid}, canonical=True))


@kind("a compromised key of ours", "key_compromised")
def _(rng, data):
    return a_token(STOLEN, some_claims(rng))


@kind("a retired key of ours", "key_out_of_validity")
def _(rng, data):
    return a_token(RETIRED, some_claims(rng))


# ------------------------------------------------------------------------ algorithm confusion


@kind("ES256 named under an Ed25519 key", "wrong_algorithm")
def _(rng, data):
    header = protected_header("ES256", OURS.key.kid)
    return signed(rng.choice([OURS, OUR_P256]), some_claims(rng), header)


@kind("Ed25519 named under an ES256 key", "wrong_algorithm")
def _(rng, data):
    header = protected_header("Ed25519", OUR_P256.key.kid)
    return signed(rng.choice([OURS, OUR_P256]), some_claims(rng), header)


@kind("the newer name of Ed25519, by a stranger", "bad_signature")
def _(rng, data):
    header = cbor2.dumps({1: -19, 4: OURS.key.kid}, canonical=True)
    return signed(STRANGER, some_claims(rng), header)


@kind("no algorithm of ours", "wrong_algorithm")
def _(rng, data):
    identifier = rng.choice([0, 5, -35, -36, -37, -47, -50, rng.randrange(-500, -60)])
    header = cbor2.dumps({1: identifier, 4: OURS.key.kid}, canonical=True)
    return signed(OURS, some_claims(rng), header)


@kind("algorithm none, or unnamed", "malformed")
def _(rng, data):
    none = rng.choice([{1: "none", 4: OURS.key.kid}, {4: OURS.key.kid}, {1: None, 4: OURS.key.kid}])
    return signed(OURS, some_claims(rng), cbor2.dumps(none, canonical=True))


@kind("a MAC made with our public key", "malformed", "wrong_algorithm")
def _(rng, data):
    header = cbor2.dumps({1: 5, 4: OURS.key.kid}, canonical=True)
    payload = some_claims(rng)
    public_key = OURS.key.public_key
    assert isinstance(public_key, Ed25519PublicKey)
    public = public_key.public_bytes_raw()
    mac = hmac.new(public, to_be_signed(header, payload), hashlib.sha512).digest()
    return encode_base45(assemble(header, payload, mac[: rng.choice([32, 64])]))


@kind("no signature, or one of another length", "malformed")
def _(rng, data):
    length = rng.choice([0, 32, 63, 65, 128])
    return encode_base45(assemble(HEADER, some_claims(rng), rng.randbytes(length)))


@kind("a signature of zeros", "bad_signature")
def _(rng, data):
    first = rng.choice([b"\0", b"\1"])
    return encode_base45(assemble(HEADER, some_claims(rng), (first + bytes(63))))


# ---------------------------------------------------------------------------------- its time


@kind("expired", "expired")
def _(rng, data):
    ended = NOW - timedelta(seconds=rng.randrange(80_000))
    return a_token(OURS, some_claims(rng, expires_at=ended))


@kind("not yet valid", "not_yet_valid")
def _(rng, data):
    starts = NOW + timedelta(seconds=rng.randrange(700, 20_000_000))
    return a_token(OURS, some_claims(rng, issued_at=starts))


@kind("signed before or after its key's time", "key_out_of_validity")
def _(rng, data):
    days = rng.choice([-rng.randint(31, 4000), rng.randint(336, 1800)])
    return a_token(OURS, some_claims(rng, issued_at=NOW + timedelta(days=days)))


# ------------------------------------------- signed by us by mistake, in a form that is not ours


def claims_map(rng: random.Random) -> dict[Any, Any]:
    return dict(cbor2.loads(some_claims(rng)))


@kind("a long form of a number", "malformed")
def _(rng, data):
    payload = some_claims(rng)
    at = payload.index(b"\x06\x1a") + 1
    return signed(OURS, payload[:at] + b"\x1b\0\0\0\0" + payload[at + 1 :])


@kind("claims in another order", "wrong_version")
def _(rng, data):
    items = list(claims_map(rng).items())
    rng.shuffle(items)
    if [key for key, _ in items] == [4, 6, 7, 169, 65535]:
        items.reverse()
    return signed(OURS, cbor2.dumps(dict(items)))


@kind("the same claim twice", "malformed")
def _(rng, data):
    payload = some_claims(rng)
    twice = b"\xa6\x04\x1a" + rng.randbytes(4) + payload[1:]
    return signed(OURS, twice)


@kind("a map without end", "malformed")
def _(rng, data):
    return signed(OURS, b"\xbf" + some_claims(rng)[1:] + b"\xff")


@kind("a number too large, or no whole one", "malformed")
def _(rng, data):
    made = claims_map(rng)
    wrong = rng.choice([2**64, 2**500, -1, 1.5, float("nan"), float("inf"), None, True, "1"])
    made[rng.choice([4, 6])] = wrong
    return signed(OURS, cbor2.dumps(made, canonical=True))[:366]


@kind("nested deeply", "malformed", "wrong_version")
def _(rng, data):
    depth = rng.randint(30, 140)
    return signed(OURS, rng.choice([b"\x81", b"\xa1\x04", b"\xc6"]) * depth + b"\0")[:366]


@kind("a claim more, or less", "wrong_version")
def _(rng, data):
    made = claims_map(rng)
    if rng.random() < 0.5:
        made[rng.choice([1, 2, 3, 5, 8, 70000])] = rng.randrange(99)
    else:
        del made[rng.choice(list(made))]
    return signed(OURS, cbor2.dumps(made, canonical=True))


@kind("an identity that is not ours", "malformed")
def _(rng, data):
    made = claims_map(rng)
    pseudonym, name = made[169][1], made[169][4]
    made[169] = rng.choice(
        [
            {1: pseudonym},
            {1: pseudonym, 4: ""},
            {1: pseudonym.lower(), 4: name},
            {1: pseudonym, 4: name, 5: "x"},
            {1: pseudonym, 4: name.encode()},
            [],
        ]
    )
    return signed(OURS, cbor2.dumps(made, canonical=True))


@kind("text that is no text", "malformed")
def _(rng, data):
    payload = some_claims(rng)
    at = payload.index(b"kartu")
    return signed(OURS, payload[:at] + b"\xff\xfe" + payload[at + 2 :])


# ----------------------------------------------------------------------------- the envelope


@kind("another tag", "wrong_version")
def _(rng, data):
    tag = rng.choice([byte for byte in range(0xC0, 0xD8) if byte != 0xD2])
    return encode_base45(bytes([tag]) + data[1:])


@kind("a tag around it", "wrong_version")
def _(rng, data):
    return encode_base45(rng.choice([b"\xd8\x3d", b"\xd9\xd9\xf7", b"\xd8\x62"]) + data)


@kind("no tag", "malformed")
def _(rng, data):
    return encode_base45(data[1:])


@kind("parts too many, too few, or of another kind", "malformed")
def _(rng, data):
    payload, signature = data[PAYLOAD_AT : len(data) - 66], data[-64:]
    parts = rng.choice(
        [
            [HEADER, {}, payload],
            [HEADER, {}, payload, signature, b""],
            [HEADER, {}, None, signature],
            [{1: -8, 4: OURS.key.kid}, {}, payload, signature],
            [HEADER, [], payload, signature],
            [HEADER, {}, payload.hex(), signature],
            {},
        ]
    )
    return encode_base45(b"\xd2" + cbor2.dumps(parts, canonical=True))[:366]


@kind("something outside the signature", "malformed")
def _(rng, data):
    payload, signature = data[PAYLOAD_AT : len(data) - 66], data[-64:]
    outside = {rng.choice([1, 4, 33, 99]): rng.randbytes(3)}
    return encode_base45(
        b"\xd2" + cbor2.dumps([HEADER, outside, payload, signature], canonical=True)
    )


@kind("a length in a longer form", "malformed")
def _(rng, data):
    at = data.rindex(b"\x58\x40")
    return encode_base45(data[:at] + b"\x59\0\x40" + data[at + 2 :])


@kind("a length that lies", "malformed")
def _(rng, data):
    at = rng.choice([14, data.rindex(b"\x58\x40")])
    length = rng.choice([b"\x5b" + b"\xff" * 8, b"\x5a\xff\xff\xff\xff", b"\x58\xff", b"\x5f"])
    return encode_base45(data[: at + (data[at] == 0xA0)] + length + data[at + 2 :])


@kind("another system's prefix", "wrong_version")
def _(rng, data):
    return rng.choice(["HC1:", "KH1:", "HC2:", "LT1:", "KH9:"]) + encode_base45(data)


# ------------------------------------------------------------------------------- the letters


@kind("lower case", "malformed")
def _(rng, data):
    text = encode_base45(data)
    at = rng.choice([place for place in range(40) if text[place].isalpha()])
    return text[:at] + text[at].lower() + text[at + 1 :]


@kind("a letter put in", "malformed")
def _(rng, data):
    text = encode_base45(data)
    at = rng.randrange(6, len(text))
    return text[:at] + rng.choice([" ", "0", "\n", "\t", "\0", "é", "𝟘", "\ud800"]) + text[at:]


@kind("a group above its largest", "malformed")
def _(rng, data):
    text = encode_base45(data)
    at = rng.randrange(2, len(text) // 3) * 3
    return text[:at] + rng.choice([":::", "GGW", "00X", ":0:"]) + text[at + 3 :]


@kind("a last group above its largest", "malformed")
def _(rng, data):
    odd = data if len(data) % 2 else data[:-1]
    return encode_base45(odd)[:-2] + rng.choice(["::", "V5", "/5", "06"])


@kind("any text", "malformed")
def _(rng, data):
    letters = "abcdefghijklmnopqrstuvwxyz 0123456789ABCDEF:/"
    return "x" + "".join(rng.choices(letters, k=rng.randint(5, 365)))


@kind("any bytes", "malformed", "wrong_version", "unknown_key")
def _(rng, data):
    return encode_base45(rng.randbytes(rng.randint(0, 240)))


@kind("far too long", "malformed")
def _(rng, data):
    return encode_base45(data + rng.randbytes(rng.randint(100, 1000)))


def hostile(seed: int, count: int) -> Iterator[tuple[Kind, str]]:
    """Yield `count` hostile tokens, of every kind nearly as many as of any other."""
    rng = random.Random(seed)
    genuine = genuine_tokens(rng, 300)
    for number in range(count):
        one = KINDS[number % len(KINDS)]
        yield one, one.make(rng, rng.choice(genuine))
