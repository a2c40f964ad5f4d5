"""Base45 (RFC 9285): bytes as the 45 characters that a QR code packs most tightly."""

import struct
from functools import cache

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_ALPHABET_BYTES = ALPHABET.encode()
_NOT_A_DIGIT = 255
_DIGITS = bytes(
    _ALPHABET_BYTES.index(byte) if byte in _ALPHABET_BYTES else _NOT_A_DIGIT for byte in range(256)
)


class NotBase45(ValueError):
    """The text is not the Base45 form of any bytes."""


@cache
def _triples() -> list[str]:
    # 65,536 ready answers cost 4 MB and make encoding nine times faster; only signers pay.
    a = ALPHABET
    return [a[n % 45] + a[n // 45 % 45] + a[n // 2025] for n in range(1 << 16)]


def encode_base45(data: bytes) -> str:
    """Return the Base45 form of bytes."""
    pairs = len(data) // 2
    triples = _triples()
    text = "".join([triples[n] for n in struct.unpack_from(f">{pairs}H", data)])
    if len(data) % 2:
        text += triples[data[-1]][:2]
    return text


def decode_base45(text: str) -> bytes:
    """Return the bytes; raises NotBase45 for anything an encoder would not have written.

    Lower case, a lone last character and groups above 65535 (or 255 for the last two characters)
    are refused, so that one value has one text only.
    """
    digits = text.encode("utf-8", "surrogatepass").translate(_DIGITS)
    groups, rest = divmod(len(digits), 3)
    if _NOT_A_DIGIT in digits or rest == 1:
        raise NotBase45("a character or a length that Base45 does not have")
    whole = digits[: 3 * groups]
    # All groups in one long sum, each in a lane of four bytes that it cannot overflow: a third of
    # the time that a loop takes.
    total = _lanes(whole[0::3]) + 45 * _lanes(whole[1::3]) + 2025 * _lanes(whole[2::3])
    lanes = total.to_bytes(4 * groups)
    last = digits[-2] + 45 * digits[-1] if rest else 0
    if last > 255 or any(lanes[1::4]):
        raise NotBase45("a group is too large")
    data = bytearray(2 * groups)
    data[0::2], data[1::2] = lanes[2::4], lanes[3::4]
    if rest:
        data.append(last)
    return bytes(data)


def _lanes(digits: bytes) -> int:
    spread = bytearray(4 * len(digits))
    spread[3::4] = digits
    return int.from_bytes(spread)
