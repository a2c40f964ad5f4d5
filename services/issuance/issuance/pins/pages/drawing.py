"""What is drawn for a pad: its digits in an order of their own, and a code for a camera."""

import secrets

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_MODULES = 4


def shuffled_digits() -> list[str]:
    """Return the ten digits in an order that nobody foresees: a finger's place says nothing."""
    digits = list("0123456789")
    secrets.SystemRandom().shuffle(digits)
    return digits


def picture_of(text: str) -> str:
    """Return a short text as a QR code in SVG."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_MODULES)
    code.add_data(text)
    code.make()
    rows = code.get_matrix()
    side = len(rows)
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" '
        f'shape-rendering="crispEdges"><rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path d="{path}" fill="#000"/></svg>'
    )
