"""Whom a verifier believes: the trust bundle, signed by a root key that is never on line.

    roots = [RootKey("Ed25519", bytes.fromhex("…"))]        # installed with the verifier
    bundle = verify_bundle(data, roots, now)                # raises BundleRefused
    bundle = verify_bundle(newer, bundle.roots, now, known=bundle)
    card_token.verify(text, bundle.ring, now)

A bundle names the root that signed it and the one that may sign next. So roots change without a new
installation, one step at a time; whoever misses two steps is installed anew. Nothing here can sign.

Form: COSE_Sign1 in deterministic CBOR whose protected header carries a type of its own: it can be
taken for no card and no list. Claims: 1 issuer, 4 exp, 6 iat, "version", "roots" {"current",
"next"} and "keys" as COSE_Keys, "lists" {number: address}, "delta" address, "min_app".
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import cbor2

from common.cose import (
    KID_BYTES,
    NotSign1,
    Sign1,
    VerifyKey,
    decode_canonical,
    key_ring,
    load_public_key,
    parse_sign1,
    to_be_signed,
    verifies,
)
from common.cose_keys import (
    KEYS_MAX,
    RootKey,
    SigningKey,
    read_key,
    read_root,
    write_key,
    write_root,
)
from common.status_list import TYPE_HEADER, moment

MEDIA_TYPE = "application/vnd.khbs.trust-bundle+cbor"
BUNDLE_BYTES_MAX = 1 << 16
LISTS_MAX = 1_000
TEXT_MAX = 200
LIVES = timedelta(days=30)
CLOCK_LEEWAY = timedelta(minutes=10)
_IDENTIFIERS = {"Ed25519": -8, "ES256": -7}
_ISSUER, _EXPIRES, _ISSUED = 1, 4, 6
_CLAIMS = {_ISSUER, _EXPIRES, _ISSUED, "version", "roots", "keys", "lists", "delta", "min_app"}

RefusalCode = Literal[
    "malformed",
    "wrong_type",  # a signed message of another kind: a card, a list, a manifest
    "unknown_root",  # no root that this verifier knows signed it
    "bad_signature",
    "older_version",  # an older bundle than the one that is known, replayed
    "other_content",  # the known version with something else in it
    "not_yet_valid",
    "expired",
]


class BundleRefused(Exception):
    """The bytes are no trust bundle to go by; `code` says why."""

    def __init__(self, code: RefusalCode) -> None:
        super().__init__(code)
        self.code: str = code


@dataclass(frozen=True, slots=True)
class BundleContent:
    """What a bundle says."""

    version: int
    issuer: str
    issued_at: datetime
    expires_at: datetime
    root: RootKey
    next_root: RootKey
    keys: tuple[SigningKey, ...]
    # By list number, the address that stands in the cards.
    lists: Mapping[int, str]
    delta_uri: str
    min_app: str

    @property
    def roots(self) -> tuple[RootKey, RootKey]:
        """Who may sign the bundle after this one."""
        return self.root, self.next_root


@dataclass(frozen=True, slots=True)
class TrustBundle(BundleContent):
    """A bundle whose root we know, and whose signature and dates are right."""

    sha256: bytes
    ring: Mapping[bytes, tuple[VerifyKey, ...]] = field(repr=False)


def verify_bundle(
    data: bytes, roots: Iterable[RootKey], now: datetime, *, known: TrustBundle | None = None
) -> TrustBundle:
    """Return a bundle to go by from now on; raises BundleRefused.

    `known` is the one gone by until now: its version never goes down. It may have run out.
    """
    bundle = open_bundle(data, roots)
    if known is not None and bundle.version < known.version:
        raise BundleRefused("older_version")
    if known is not None and bundle.version == known.version and bundle.sha256 != known.sha256:
        raise BundleRefused("other_content")
    if bundle.issued_at > now + CLOCK_LEEWAY:
        raise BundleRefused("not_yet_valid")
    if now >= bundle.expires_at:
        raise BundleRefused("expired")
    return bundle


def open_bundle(data: bytes, roots: Iterable[RootKey]) -> TrustBundle:
    """Return a bundle that one of these roots signed, however old; raises BundleRefused."""
    message = _parse(data)
    identifier, kid = message.header[1], message.header[4]
    fitting = [
        root
        for root in roots
        if root.thumbprint[:KID_BYTES] == kid and _IDENTIFIERS[root.algorithm] == identifier
    ]
    if not fitting:
        raise BundleRefused("unknown_root")
    signer = next((root for root in fitting if _is_signed_by(message, root)), None)
    if signer is None:
        raise BundleRefused("bad_signature")
    content = _read(message.payload)
    # Whoever signs says so: the next root becomes the current one with its first bundle.
    if content.root != signer:
        raise BundleRefused("malformed")
    return _trusted(content, data)


def peek(data: bytes) -> BundleContent:
    """Return what a bundle says, whoever signed it; raises BundleRefused. Nothing to go by."""
    return _read(_parse(data).payload)


def _trusted(content: BundleContent, data: bytes) -> TrustBundle:
    said = {name: getattr(content, name) for name in BundleContent.__dataclass_fields__}
    ring = key_ring(key.to_verify() for key in content.keys)
    return TrustBundle(**said, sha256=hashlib.sha256(data).digest(), ring=ring)


def _parse(data: bytes) -> Sign1:
    if len(data) > BUNDLE_BYTES_MAX:
        raise BundleRefused("malformed")
    try:
        message = parse_sign1(data)
    except NotSign1:
        raise BundleRefused("malformed") from None
    header = message.header
    if header.get(TYPE_HEADER) != MEDIA_TYPE:
        raise BundleRefused("wrong_type")
    if header.keys() != {1, 4, TYPE_HEADER} or message.unprotected:
        raise BundleRefused("malformed")
    return message


def _is_signed_by(message: Sign1, root: RootKey) -> bool:
    public_key = load_public_key(root.algorithm, root.public_key)
    signed = to_be_signed(message.protected, message.payload)
    return verifies(public_key, message.signature, signed)


def _read(payload: bytes) -> BundleContent:
    try:
        claims = decode_canonical(payload)
        if claims.keys() != _CLAIMS or claims["roots"].keys() != {"current", "next"}:
            raise ValueError("not the claims of a bundle")
        content = BundleContent(
            _version(claims["version"]),
            _text(claims[_ISSUER]),
            moment(claims[_ISSUED]),
            moment(claims[_EXPIRES]),
            read_root(claims["roots"]["current"]),
            read_root(claims["roots"]["next"]),
            tuple(read_key(said) for said in claims["keys"]),
            {_number(number): _text(uri) for number, uri in claims["lists"].items()},
            _text(claims["delta"]),
            _text(claims["min_app"]),
        )
    except Exception as error:  # What hostile claims can do wrong is not to be listed.
        raise BundleRefused("malformed") from error
    lives = content.expires_at - content.issued_at
    if not timedelta(0) < lives <= LIVES or len(content.keys) > KEYS_MAX:
        raise BundleRefused("malformed")
    return content


def _version(value: Any) -> int:
    if type(value) is not int or not 0 < value < 1 << 53:
        raise ValueError("not a version")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < LISTS_MAX:
        raise ValueError("not the number of a list")
    return value


def _text(value: Any) -> str:
    if type(value) is not str or len(value) > TEXT_MAX:
        raise ValueError("not a short text")
    return value


def encode_bundle(content: BundleContent) -> bytes:
    """Return the claims of a bundle as they are signed."""
    claims = {
        _ISSUER: content.issuer,
        _EXPIRES: int(content.expires_at.timestamp()),
        _ISSUED: int(content.issued_at.timestamp()),
        "version": content.version,
        "roots": {"current": write_root(content.root), "next": write_root(content.next_root)},
        "keys": [write_key(key) for key in content.keys],
        "lists": dict(content.lists),
        "delta": content.delta_uri,
        "min_app": content.min_app,
    }
    return cbor2.dumps(claims, canonical=True)


def bundle_header(root: RootKey) -> bytes:
    """Return the protected header of a bundle that this root signs."""
    header = {
        1: _IDENTIFIERS[root.algorithm],
        4: root.thumbprint[:KID_BYTES],
        TYPE_HEADER: MEDIA_TYPE,
    }
    return cbor2.dumps(header, canonical=True)
