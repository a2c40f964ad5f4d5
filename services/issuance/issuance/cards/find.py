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
from common.card_token import CardRefused
from common.problems import Refused
from common.sealed import Sealer
from issuance.cards import queries
from issuance.cards.order import head_name_context
from issuance.cards.read import card_id_in, open_token

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
    tx: AsyncConnection,
    principal: Principal,
    sealer: Sealer,
    *,
    village: str,
    words: str,
    state: str = "",
) -> list[Found]:
    """Return the families of a village whose name has words that begin with the given ones.

    Names are sealed at rest, so the village's are opened here and compared; no index of names
    exists that could be read. With `state`, only those whose newest card is in it. At most
    MATCHES_MAX; raises Refused village_needed.
    """
    if village.count(".") != VILLAGE_LEVEL:
        raise Refused("village_needed")
    principal.demand_region(village)
    wanted = plain(words).split()
    found = []
    for row in (await tx.execute(queries.SELECT_VILLAGE, {"region_code": village})).mappings():
        if state and row["state"] != state:
            continue
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
    return await _seen(tx, principal, sealer, row)


async def find_by_kk(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, *, kk_index: bytes
) -> Found:
    """Return the family with this KK number; raises Refused: kk_unknown, outside_your_regions.

    Two families had the same number only while the registry was correcting it: the one of whom
    it spoke last is meant.
    """
    rows = await tx.execute(queries.SELECT_BY_KK, {"kk_index": kk_index})
    row = rows.mappings().first()
    if row is None:
        raise Refused("kk_unknown")
    return await _seen(tx, principal, sealer, row)


async def find_by_token(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, text: str
) -> Found:
    """Return the family of a scanned card; raises Refused: card_text_damaged, card_forged,
    card_unknown, outside_your_regions.

    The text is compared with the very one that was printed, so that nothing has to be verified.
    """
    try:
        card_id = card_id_in(text)
    except CardRefused:
        raise Refused("card_text_damaged") from None
    rows = await tx.execute(queries.SELECT_CARD_WITH_HOUSEHOLD, {"id": card_id})
    row = rows.mappings().one_or_none()
    if row is None or row["sealed_token"] is None:
        raise Refused("card_unknown")
    if open_token(sealer, row) != text:
        raise Refused("card_forged")
    return await _seen(tx, principal, sealer, row)


async def _seen(
    tx: AsyncConnection, principal: Principal, sealer: Sealer, row: RowMapping
) -> Found:
    """Return a line of an answer that this person may see, and note that it was seen."""
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
