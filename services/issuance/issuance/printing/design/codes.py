"""QR symbols of card tokens: version 11, the strongest correction that fits, never the weakest.

`qrcode` draws single cards and is the reference; `zxing-cpp` draws batches, thirty times faster.
A test holds them equal bit for bit.
"""

import re
from typing import Any, cast

import qrcode
import zxingcpp
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.util import MODE_ALPHA_NUM, QRData

from issuance.printing.design.canvas import Matrix

VERSION = 11
# Alphanumeric characters that version 11 holds (ISO/IEC 18004, table 7).
CAPACITY_Q, CAPACITY_M = 259, 366
# Modules on a side of version 11.
SIDE = 61
# Readers take any mask; for data as random as a signature the choice was measured not to matter.
MASK = 3
# From so many digits in a row at an end, or fifteen inside, the fast drawer changes to the numeric
# mode, which the reference never does. Both are read alike; one card in five hundred has them.
_MANY_DIGITS = re.compile(r"[0-9]{8}")
_TURNED = bytes(255 - byte for byte in range(256))


class TextTooLong(ValueError):
    """The text does not fit the symbol that all cards share."""


def correction_for(text: str) -> str:
    """Return "Q" when the text fits, else "M"; raises TextTooLong."""
    if len(text) > CAPACITY_M:
        raise TextTooLong(f"{len(text)} characters, {CAPACITY_M} fit")
    return "Q" if len(text) <= CAPACITY_Q else "M"


def single_matrix(text: str) -> Matrix:
    """Return the symbol of one card, drawn by the reference."""
    level = ERROR_CORRECT_Q if correction_for(text) == "Q" else ERROR_CORRECT_M
    code = qrcode.QRCode(version=VERSION, error_correction=level, border=0, mask_pattern=MASK)
    code.add_data(QRData(text, mode=MODE_ALPHA_NUM), optimize=0)
    code.make(fit=False)
    lines = bytes(255 if module else 0 for line in code.modules for module in line)
    return Matrix(SIDE, Image.frombuffer("L", (SIDE, SIDE), lines).convert("1").tobytes())


def batch_matrix(text: str) -> Matrix:
    """Return the same symbol, drawn fast."""
    if _MANY_DIGITS.search(text):
        return single_matrix(text)
    barcode = zxingcpp.create_barcode(
        text,
        zxingcpp.BarcodeFormat.QRCode,
        ec_level=correction_for(text),
        version=VERSION,
        data_mask=MASK,
    )
    # The picture is a buffer of one byte a module, which its type does not say.
    image = cast("Any", zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False))
    dark = bytes(image).translate(_TURNED)
    return Matrix(SIDE, Image.frombuffer("L", (SIDE, SIDE), dark).convert("1").tobytes())
