"""From a signed card to what its two faces show."""

from sqlalchemy import RowMapping

from common.card_number import card_number
from common.regions import parent_of, region_name
from common.sealed import Sealer
from issuance.cards.read import name_in, open_token
from issuance.photos.rules import photo_context
from issuance.printing.draw_files import CardToDraw

URBAN_VILLAGE_MARK = "1"
# What the code of a card on a screen says; of the characters that a card's code has.
SPECIMEN = "CONTOH UNTUK LAYAR. KODE KARTU HANYA ADA PADA KARTUNYA. SPECIMEN: NO CARD."


def card_to_draw(card: RowMapping, sealer: Sealer, photo: bytes | None = None) -> CardToDraw:
    """Return what is printed of a card: its own token says the name, so they cannot differ."""
    text = open_token(sealer, card)
    return CardToDraw(
        name=name_in(text),
        places=places_of(card["region_code"]),
        number=card_number(card["card_id"]),
        expires_at=card["expires_at"],
        token=text,
        photo=photo,
    )


def with_photo(card: RowMapping, sealer: Sealer) -> CardToDraw:
    """Return what is printed of a card that was read with its family's sealed photo, if any."""
    sealed = card["sealed_photo"]
    photo = sealer.open(sealed, photo_context(card["household_id"])) if sealed else None
    return card_to_draw(card, sealer, photo)


def places_of(region_code: str) -> tuple[str, str, str]:
    """Return village, district and regency as a card writes them."""
    district = parent_of(region_code) or region_code
    regency = parent_of(district) or district
    kind = "Kelurahan" if region_code.split(".")[-1].startswith(URBAN_VILLAGE_MARK) else "Desa"
    return f"{kind} {region_name(region_code)}", region_name(district), region_name(regency)
