"""Bundles, lists and deltas for tests, signed by keys that the test makes; right by default."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tests.common.tokens import NOW, Issuer, ed25519_issuer

from common.cose import assemble, to_be_signed
from common.cose_keys import RootKey, SigningKey
from common.offline_check import Kept
from common.status_delta import encode_status_delta, status_delta_header, status_delta_token
from common.status_list import (
    compress,
    encode_status_list,
    pack,
    status_list_header,
    status_list_token,
)
from common.trust_bundle import BundleContent, bundle_header, encode_bundle, verify_bundle

ADDRESS = "https://kartu.example/s"
SIZE = 1024


class Root:
    """A root key whose private side is at hand."""

    def __init__(self, number: int = 1) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        self.key = RootKey("Ed25519", self.private.public_key().public_bytes_raw())


def signing_key(issuer: Issuer) -> SigningKey:
    """The public side of an issuer as a bundle carries it."""
    key, public = issuer.key, issuer.key.public_key
    if key.algorithm == "Ed25519":
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    else:
        raw = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return SigningKey(
        key.algorithm, raw, key.not_before, key.sign_until, key.verify_until, key.state
    )


def a_content(root: Root, issuers: Iterable[Issuer], **others: Any) -> BundleContent:
    values = {
        "version": 1,
        "issuer": "Provinsi contoh",
        "issued_at": NOW - timedelta(hours=1),
        "expires_at": NOW - timedelta(hours=1) + timedelta(days=30),
        "root": root.key,
        "next_root": Root(2).key,
        "keys": tuple(signing_key(issuer) for issuer in issuers),
        "lists": {number: f"{ADDRESS}/{number}" for number in range(4)},
        "delta_uri": f"{ADDRESS}/delta.cbor",
        "min_app": "1.0.0",
        **others,
    }
    return BundleContent(**values)


def a_bundle(root: Root, content: BundleContent) -> bytes:
    header, claims = bundle_header(root.key), encode_bundle(content)
    return assemble(header, claims, root.private.sign(to_be_signed(header, claims)))


def a_list(
    issuer: Issuer,
    statuses: Mapping[int, int],
    *,
    number: int = 0,
    at: datetime = NOW,
    lives: timedelta = timedelta(days=7),
) -> bytes:
    header = status_list_header(issuer.key.algorithm, issuer.key.kid)
    payload = encode_status_list(
        compress(pack(statuses, size=SIZE, bits=2)),
        bits=2,
        uri=f"{ADDRESS}/{number}",
        issued_at=at,
        expires_at=at + lives,
        ttl=timedelta(hours=12),
    )
    return status_list_token(header, payload, issuer.sign(to_be_signed(header, payload)))


def a_delta(
    issuer: Issuer,
    entries: Iterable[tuple[int, int, int]],
    *,
    base: Mapping[int, datetime],
    at: datetime = NOW,
    lives: timedelta = timedelta(hours=24),
) -> bytes:
    header = status_delta_header(issuer.key.algorithm, issuer.key.kid)
    payload = encode_status_delta(
        uri=f"{ADDRESS}/delta.cbor",
        issued_at=at,
        expires_at=at + lives,
        base=base,
        entries=list(entries),
    )
    return status_delta_token(header, payload, issuer.sign(to_be_signed(header, payload)))


def kept(issuers: Iterable[Issuer] = (), **content: Any) -> Kept:
    """What a terminal keeps that has a bundle and no list yet."""
    root, issuers = Root(), tuple(issuers) or (ed25519_issuer(),)
    data = a_bundle(root, a_content(root, issuers, **content))
    return Kept(verify_bundle(data, [root.key], NOW))
