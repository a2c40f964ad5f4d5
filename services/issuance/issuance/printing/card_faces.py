"""From a signed card to what its two faces show."""

from collections.abc import Callable

from sqlalchemy import RowMapping

from common.card_number import card_number
from common.regions import parent_of, region_name
from common.sealed import Sealer
from issuance.cards.read import name_in, open_token
from issuance.printing.design.canvas import Matrix
from issuance.printing.design.codes import batch_matrix
from issuance.printing.design.faces import CardFace

URBAN_VILLAGE_MARK = "1"


def card_face(
    card: RowMapping, sealer: Sealer, draw_code: Callable[[str], Matrix] = batch_matrix
) -> CardFace:
    """Return what is printed of a card: its own token says the name, so they cannot differ."""
    text = open_token(sealer, card)
    return CardFace(
        name=name_in(text),
        places=places_of(card["region_code"]),
        number=card_number(card["card_id"]),
        expires_at=card["expires_at"],
        matrix=draw_code(text),
    )


def places_of(region_code: str) -> tuple[str, str, str]:
    """Return village, district and regency as a card writes them."""
    district = parent_of(region_code) or region_code
    regency = parent_of(district) or district
    kind = "Kelurahan" if region_code.split(".")[-1].startswith(URBAN_VILLAGE_MARK) else "Desa"
    return f"{kind} {region_name(region_code)}", region_name(district), region_name(regency)
