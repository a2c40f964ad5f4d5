"""Public keys as COSE_Keys (RFC 9052 §7), with the dates and state that our verifiers go by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import cbor2

from common.cose import (
    COORDINATE_BYTES,
    KID_BYTES,
    Algorithm,
    KeyState,
    VerifyKey,
    cose_key,
    decode_canonical,
    thumbprint,
    verify_key,
)
from common.status_list import moment

KEY_SET_MEDIA_TYPE = "application/cose-key-set"
KEYS_MAX = 64
_KTY, _KID, _ALG = 1, 2, 3
_CURVES: dict[tuple[int, int, int], Algorithm] = {(1, 6, -8): "Ed25519", (2, 1, -7): "ES256"}
_IDENTIFIERS: dict[Algorithm, int] = {"Ed25519": -8, "ES256": -7}
_MOMENTS = ("not_before", "sign_until", "verify_until")


@dataclass(frozen=True, slots=True)
class RootKey:
    """The public side of a root: it signs trust bundles and nothing else."""

    algorithm: Algorithm
    # Raw: 32 bytes for Ed25519, 65 uncompressed ones for ES256.
    public_key: bytes

    @property
    def thumbprint(self) -> bytes:
        """RFC 9679, SHA-256: what people compare by phone."""
        return thumbprint(self.algorithm, self.public_key)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The public side of a key that signs cards and lists, with all that verifiers go by."""

    algorithm: Algorithm
    public_key: bytes
    not_before: datetime
    sign_until: datetime
    verify_until: datetime
    state: KeyState

    @property
    def kid(self) -> bytes:
        """The four bytes by which tokens name the key."""
        return thumbprint(self.algorithm, self.public_key)[:KID_BYTES]

    def to_verify(self) -> VerifyKey:
        """Return the key ready for use; raises ValueError when the bytes are no key."""
        return verify_key(
            self.algorithm,
            self.public_key,
            not_before=self.not_before,
            sign_until=self.sign_until,
            verify_until=self.verify_until,
            state=self.state,
        )


def write_root(root: RootKey) -> dict[Any, Any]:
    """Return a root as a COSE_Key."""
    kid = root.thumbprint[:KID_BYTES]
    key = cose_key(root.algorithm, root.public_key)
    return {**key, _KID: kid, _ALG: _IDENTIFIERS[root.algorithm]}


def write_key(key: SigningKey) -> dict[Any, Any]:
    """Return a signing key as a COSE_Key; its dates and state stand under names of ours."""
    dates = {name: int(getattr(key, name).timestamp()) for name in _MOMENTS}
    return {**write_root(RootKey(key.algorithm, key.public_key)), **dates, "state": key.state}


def read_root(said: Mapping[Any, Any]) -> RootKey:
    """Return a root from its COSE_Key; raises ValueError, KeyError, TypeError."""
    algorithm = _CURVES[said[_KTY], said[-1], said[_ALG]]
    raw = said[-2] if algorithm == "Ed25519" else b"\x04" + said[-2] + said[-3]
    if type(raw) is not bytes or len(said[-2]) != COORDINATE_BYTES:
        raise ValueError("not a public key")
    root = RootKey(algorithm, raw)
    if said[_KID] != root.thumbprint[:KID_BYTES] or write_root(root).keys() != said.keys():
        raise ValueError("not the key's id, or more than a key")
    return root


def read_key(said: Mapping[Any, Any]) -> SigningKey:
    """Return a signing key from its COSE_Key; raises ValueError, KeyError, TypeError."""
    plain = {label: value for label, value in said.items() if type(label) is int}
    root, state = read_root(plain), said["state"]
    if state not in get_args(KeyState):
        raise ValueError("not a state")
    not_before, sign_until, verify_until = (moment(said[name]) for name in _MOMENTS)
    key = SigningKey(root.algorithm, root.public_key, not_before, sign_until, verify_until, state)
    if write_key(key) != said or not key.not_before < key.sign_until <= key.verify_until:
        raise ValueError("more than a key, or dates in a wrong order")
    key.to_verify()
    return key


def encode_key_set(keys: Iterable[SigningKey]) -> bytes:
    """Return a COSE_KeySet in deterministic CBOR."""
    return cbor2.dumps([write_key(key) for key in keys], canonical=True)


def read_key_set(data: bytes) -> list[SigningKey]:
    """Return the keys of a COSE_KeySet of ours; raises ValueError. It is not signed."""
    try:
        return [read_key(said) for said in decode_canonical(data)]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("not a key set") from error


def in_groups(thumbprint_bytes: bytes) -> list[str]:
    """Return a fingerprint in groups of four hexadecimal digits, to be read aloud."""
    text = thumbprint_bytes.hex().upper()
    return [text[at : at + 4] for at in range(0, len(text), 4)]
