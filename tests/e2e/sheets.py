"""Reading a print file as a scanner would, and checking a card as a stranger would."""

from base64 import urlsafe_b64decode
from typing import Any

import cbor2
import pypdfium2
import zxingcpp
from cwt import COSE, COSEKey

from common.base45 import decode_base45

DPI = 300
QR_CODES = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
POINTS_PER_INCH = 72


def codes_in(pdf: bytes) -> list[str]:
    """Rasterise every page at 300 dpi and read the QR codes with a decoder that is not ours."""
    found: list[str] = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            image = page.render(scale=DPI / POINTS_PER_INCH, grayscale=True).to_numpy()
            if image.ndim == 3:
                image = image[:, :, 0]
            codes = zxingcpp.read_barcodes(
                image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
            )
            found += [code.text for code in codes]
    return found


def card_id_of(text: str) -> str:
    """The id in a card's text, whoever signed it."""
    message = cbor2.loads(decode_base45(text))
    return str(cbor2.loads(message.value[2])[7].hex())


def claims_checked_by_others(cose: bytes, jwks: dict[str, Any]) -> dict[int, Any]:
    """Verify a card with the `cwt` library and the published keys; its claims."""
    keys = [
        COSEKey.new(
            {
                1: 1,  # kty: OKP
                2: bytes.fromhex(key["kid"]),
                3: -8,  # alg: EdDSA
                -1: 6,  # crv: Ed25519
                -2: urlsafe_b64decode(key["x"] + "=="),
            }
        )
        for key in jwks["keys"]
    ]
    claims: dict[int, Any] = cbor2.loads(COSE.new().decode(cose, keys))
    return claims
