"""Symbols as they leave the printer: ours from the real back of a card, others alone on paper."""

from datetime import UTC, datetime
from typing import Any

import numpy
import pypdfium2
import zxingcpp
from tests.benchmarks.wear import FIELD_MM, Printed

from issuance.printing.design.canvas import HEIGHT, WIDTH
from issuance.printing.design.faces import CODE_LEFT, CODE_SIDE, CODE_TOP, MODULE, CardFace
from issuance.printing.design.sheets import corner, draw_sheets

DOTS_PER_MM = 300 / 25.4
QUIET_MODULES = 4
PIXELS_PER_MODULE = 8


def from_card(face: CardFace) -> Printed:
    """Draw a sheet, take its page of backs at 300 dpi, and cut the card out of it."""
    file = draw_sheets([face], title="x", ordered_at=datetime(2026, 1, 1, tzinfo=UTC))
    document = pypdfium2.PdfDocument(file)
    page = document[1].render(scale=300 / 72, grayscale=True).to_numpy()
    grey = page.reshape(page.shape[:2])
    x, y = corner(0, is_back=True)
    left, top = round(x * DOTS_PER_MM), round(y * DOTS_PER_MM)
    width, height = round(WIDTH * DOTS_PER_MM), round(HEIGHT * DOTS_PER_MM)
    card = numpy.ascontiguousarray(grey[top : top + height, left : left + width])
    middle = tuple((edge + CODE_SIDE / 2) * DOTS_PER_MM for edge in (CODE_LEFT, CODE_TOP))
    return Printed(card, DOTS_PER_MM, (middle[0], middle[1]), CODE_SIDE, MODULE)


def alone(text: str | bytes, version: int, correction: str) -> Printed:
    """Draw a symbol 30 mm wide with its quiet zone, on white, as the reference figures had it."""
    options: dict[str, Any] = {"ec_level": correction, "version": version, "data_mask": 3}
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, **options)
    modules = numpy.array(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False))
    wide = modules.shape[0] + 2 * QUIET_MODULES
    symbol = numpy.pad(modules, QUIET_MODULES, constant_values=255)
    symbol = numpy.kron(symbol, numpy.ones((PIXELS_PER_MODULE,) * 2, numpy.uint8))
    side = wide * PIXELS_PER_MODULE
    # White card around it, as far as a frame can see.
    card = numpy.pad(symbol, side // 2, constant_values=255)
    return Printed(card, side / FIELD_MM, (float(side), float(side)), FIELD_MM, FIELD_MM / wide)
