"""The form of a COSE_Sign1 (RFC 9052 §4.2): take one apart strictly, put one together.

Nothing here looks at a key. Whoever reads a message goes on in common.cose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import cbor2

SIGN1_TAG = b"\xd2"
_SIGN1_HEAD = b"\xd2\x84"
_SIGNED_HEAD = b"\x84\x6aSignature1"


class NotSign1(ValueError):
    """The bytes are not one COSE_Sign1 in deterministic CBOR under tag 18."""


@dataclass(frozen=True, slots=True)
class Sign1:
    """A message whose form is right and whose signature nobody has checked yet."""

    protected: bytes
    header: Mapping[Any, Any]
    unprotected: Mapping[Any, Any]
    payload: bytes
    signature: bytes


def decode_canonical(data: bytes) -> Any:
    """Return the value of deterministic CBOR (RFC 8949 §4.2); raises NotSign1 for any other."""
    try:
        value = cbor2.loads(data)
        again = cbor2.dumps(value, canonical=True)
    except Exception as error:  # The decoder's failures on hostile bytes are many.
        raise NotSign1("not CBOR") from error
    if again != data:
        raise NotSign1("not in deterministic form, or followed by something")
    return value


def parse_sign1(data: bytes) -> Sign1:
    """Take a message apart; raises NotSign1. The signature is not checked here."""
    if data[:2] != _SIGN1_HEAD:
        raise NotSign1("not tagged as COSE_Sign1, or not four parts")
    protected, at = _read_byte_string(data, 2)
    if data[at : at + 1] != b"\xa0":
        return _parse_with_unprotected(data)
    payload, at = _read_byte_string(data, at + 1)
    signature, at = _read_byte_string(data, at)
    if at != len(data):
        raise NotSign1("followed by something")
    return Sign1(protected, _header(protected), {}, payload, signature)


def _read_byte_string(data: bytes, at: int) -> tuple[bytes, int]:
    """Return a byte string in deterministic form and where it ends.

    Written out, because the general decoder and encoder cost a tenth of the signature check.
    """
    head = data[at] if at < len(data) else 0
    if 0x40 <= head < 0x58:
        start, length, shortest = at + 1, head - 0x40, 0
    elif head == 0x58:
        start, length, shortest = at + 2, int.from_bytes(data[at + 1 : at + 2]), 24
    elif head == 0x59:
        start, length, shortest = at + 3, int.from_bytes(data[at + 1 : at + 3]), 1 << 8
    elif head == 0x5A:
        start, length, shortest = at + 5, int.from_bytes(data[at + 1 : at + 5]), 1 << 16
    else:
        raise NotSign1("a part has the wrong type")
    if length < shortest or start + length > len(data):
        raise NotSign1("a length that is not in deterministic form, or too long")
    return data[start : start + length], start + length


def _parse_with_unprotected(data: bytes) -> Sign1:
    # Others' messages may have such a header; ours have none.
    parts = decode_canonical(data[1:])
    types = [type(part) for part in parts]
    if types != [bytes, dict, bytes, bytes]:
        raise NotSign1("a part has the wrong type")
    protected, unprotected, payload, signature = parts
    return Sign1(protected, _header(protected), unprotected, payload, signature)


@lru_cache(maxsize=256)
def _header(protected: bytes) -> Mapping[Any, Any]:
    # Every card of a key has the same header, so this is read once.
    header = decode_canonical(protected) if protected else {}
    if type(header) is not dict:
        raise NotSign1("the header is not a map")
    return MappingProxyType(header)


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """Return the Sig_structure over which the signature is made (RFC 9052 §4.4)."""
    return _SIGNED_HEAD + _byte_string(protected) + b"\x40" + _byte_string(payload)


def assemble(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    """Return the message with its signature in place."""
    return (
        b"\xd2\x84"
        + _byte_string(protected)
        + b"\xa0"
        + _byte_string(payload)
        + _byte_string(signature)
    )


def _byte_string(data: bytes) -> bytes:
    # A verifier does this thrice a card; the general encoder costs as much as a tenth of the
    # signature check.
    if len(data) < 24:
        return bytes((0x40 + len(data),)) + data
    if len(data) < 256:
        return bytes((0x58, len(data))) + data
    return cbor2.dumps(data)
