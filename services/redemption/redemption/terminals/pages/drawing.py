"""The QR by which a phone's camera opens the terminal's app with an enrolment code in it."""

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET_MODULES = 4


def code_address(public_url: str, code: str) -> str:
    """Return where the app is enrolled with a code. What follows # is never sent to a server."""
    return f"{public_url.rstrip('/')}/terminal/#code={code}"


def drawn(text: str) -> tuple[int, str]:
    """Return a QR's width in modules, quiet zone included, and the path that fills its modules."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_MODULES)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    return len(rows), path
