"""Cards to draw, with real signed tokens, as many as are asked for; no database in sight."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image, ImageDraw, ImageFilter

from common.card_encoding import encode_claims, protected_header, qr_text, to_be_signed
from common.card_number import card_number
from common.card_token import StatusReference, key_ring, verify_key
from issuance.printing.draw_files import CardToDraw, DrawOrder

NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
EXPIRES = datetime(2031, 11, 21, tzinfo=UTC)
# The shortest address that could be had keeps short names at the stronger correction.
SHORT_ADDRESS = "https://k.id/1"
ADDRESS = "https://kartu.kalteng.go.id/s/1"
PLACES = ("Desa Tumbang Miri", "Kahayan Hulu Utara", "Kabupaten Gunung Mas")
NAMES = (
    "SITI AMINAH",
    "MUHAMMAD ABDURRAHMAN ALFARISI SYAHRUDDIN",
    "NYAI D'AYU TINGANG",
    "YULIANA",
    "RANGGA ALEKSANDER WIJAYA",
)
_PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_KEY = verify_key(
    "Ed25519",
    _PRIVATE.public_key().public_bytes_raw(),
    not_before=NOW - timedelta(days=30),
    sign_until=NOW + timedelta(days=335),
    verify_until=NOW + timedelta(days=3000),
)
RING = key_ring([_KEY])


def card_id_of(place: int) -> str:
    """A card id that looks random and follows from a number."""
    return hashlib.sha256(f"card {place}".encode()).hexdigest()[:16]


def a_token(place: int, name: str = NAMES[0], *, address: str = ADDRESS) -> str:
    """The QR text of a card."""
    protected = protected_header("Ed25519", _KEY.kid)
    payload = encode_claims(
        card_id_of(place),
        household_pseudonym="B7K2M4Q6XWZ3C",
        printed_name=name,
        issued_at=NOW - timedelta(days=1),
        expires_at=EXPIRES,
        status=StatusReference(place * 7919 % (1 << 20), address),
    )
    return qr_text(protected, payload, _PRIVATE.sign(to_be_signed(protected, payload)))


def a_card(
    place: int = 0,
    name: str = "",
    *,
    places: tuple[str, str, str] = PLACES,
    photo: bytes | None = None,
    address: str = ADDRESS,
) -> CardToDraw:
    """A card as it is sent to be drawn."""
    name = name or NAMES[place % len(NAMES)]
    number = card_number(card_id_of(place))
    return CardToDraw(name, places, number, EXPIRES, a_token(place, name, address=address), photo)


def an_order(cards: int = 10, *, part: int = 0, photo: bytes | None = None) -> DrawOrder:
    """A part of so many cards, none of which is in another part."""
    drawn = [a_card(part * 1000 + place, photo=photo) for place in range(cards)]
    return DrawOrder(f"part {part}", f"KHBS · Gunung Mas · berkas {part + 1}", NOW, drawn)


@cache
def a_photo() -> bytes:
    """A picture of nobody, 240 by 312: a head and shoulders before a blue curtain."""
    picture = Image.new("RGB", (240, 312), "#7d9bb5")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((8, 208, 232, 420), fill="#b8a58a")
    draw.polygon([(92, 214), (148, 214), (120, 262)], fill="#f4efe6")
    draw.rounded_rectangle((98, 160, 142, 232), 20, fill="#9a6b4b")
    draw.ellipse((60, 46, 180, 150), fill="#2a211c")
    draw.ellipse((70, 62, 170, 196), fill="#b07f5a")
    draw.pieslice((62, 44, 178, 150), 182, 358, fill="#2a211c")
    for left in (92, 132):
        draw.ellipse((left, 118, left + 16, 127), fill="#2a211c")
    draw.line((102, 165, 138, 165), fill="#7a4f3a", width=5)
    content = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.6)).save(content, "JPEG", quality=85)
    return content.getvalue()
