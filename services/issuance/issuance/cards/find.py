"""Find a family at the card desk: by name in its village, or by the number on its card."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.card_number import WrongCardNumber, card_number, parse_card_number
from common.problems import Refused
from common.sealed import Sealer
from issuance.cards import queries
from issuance.cards.order import head_name_context

MATCHES_MAX = 50
VILLAGE_LEVEL = 3


@dataclass(frozen=True, slots=True)
class Found:
    """One line of a search's answer."""

    household_id: UUID
    name: str
    region_code: str
    card_id: str | None
    card_number: str
    state: str | None
    issued_at: datetime | None


async def find_by_name(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, *, village: str, words: str
) -> list[Found]:
    """Return the families of a village whose name has words that begin with the given ones.

    Names are sealed at rest, so the village's are opened here and compared; no index of names
    exists that could be read. At most MATCHES_MAX; raises Refused village_needed.
    """
    if village.count(".") != VILLAGE_LEVEL:
        raise Refused("village_needed")
    principal.demand_region(village)
    wanted = plain(words).split()
    found = []
    for row in (await tx.execute(queries.SELECT_VILLAGE, {"region_code": village})).mappings():
        one = _found(row, sealer)
        parts = plain(one.name).split()
        if all(any(part.startswith(word) for part in parts) for word in wanted):
            found.append(one)
    found.sort(key=lambda one: (one.name, one.household_id))
    shown = found[:MATCHES_MAX]
    for one in shown:
        await audit.record(
            tx,
            principal,
            "household.found",
            "household",
            one.household_id,
            region_code=one.region_code,
        )
    return shown


async def find_by_number(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, number: str
) -> Found:
    """Return the family of a typed card number; raises Refused: card_number_mistyped,
    card_number_malformed, card_unknown, outside_your_regions."""
    try:
        card_id = parse_card_number(number)
    except WrongCardNumber as error:
        word = "card_number_mistyped" if error.mistyped else "card_number_malformed"
        raise Refused(word) from None
    rows = await tx.execute(queries.SELECT_CARD_WITH_HOUSEHOLD, {"id": card_id})
    row = rows.mappings().one_or_none()
    if row is None:
        raise Refused("card_unknown")
    principal.demand_region(row["region_code"])
    one = _found(row, sealer)
    await audit.record(
        tx,
        principal,
        "household.found",
        "household",
        one.household_id,
        region_code=one.region_code,
    )
    return one


def _found(row: RowMapping, sealer: Sealer) -> Found:
    household_id = row["household_id"]
    name = sealer.open_text(row["sealed_head_name"], head_name_context(household_id))
    return Found(
        household_id,
        name,
        row["region_code"],
        row["card_id"],
        card_number(row["card_id"]) if row["card_id"] else "",
        row["state"],
        row["issued_at"],
    )


def plain(text: str) -> str:
    """Return a name without case, accents and marks: "Pala'i" and "PALAI" are found alike."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^\w ]", "", "".join(c for c in decomposed if not unicodedata.combining(c)))
