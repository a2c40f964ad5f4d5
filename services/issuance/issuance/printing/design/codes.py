"""QR symbols of card tokens: version 11, the strongest correction that fits, never the weakest.

`qrcode` draws single cards and is the reference; `zxing-cpp` draws batches, thirty times faster.
A test holds them equal bit for bit.
"""

from typing import TYPE_CHECKING, Any, cast

import qrcode
import zxingcpp
from qrcode.constants import ERROR_CORRECT_M, ERROR_CORRECT_Q
from qrcode.util import MODE_ALPHA_NUM, QRData

from issuance.printing.design.canvas import Matrix

if TYPE_CHECKING:
    pass

VERSION = 11
# Alphanumeric characters that version 11 holds (ISO/IEC 18004, table 7).
CAPACITY_Q, CAPACITY_M = 259, 366
# Readers take any mask; for data as random as a signature the choice was measured not to matter.
MASK = 3


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
    return [[bool(module) for module in line] for line in code.modules]


def batch_matrix(text: str) -> Matrix:
    """Return the same symbol, drawn fast."""
    barcode = zxingcpp.create_barcode(
        text,
        zxingcpp.BarcodeFormat.QRCode,
        ec_level=correction_for(text),
        version=VERSION,
        data_mask=MASK,
    )
    image = zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False)
    # The picture is a buffer, which its type does not say.
    lines: list[list[int]] = cast("Any", memoryview(cast("Any", image)).tolist())
    return [[pixel == 0 for pixel in line] for line in lines]
