"""Find a family from whatever was typed; every attempt is noted, also one that found nothing."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from issuance.cards.find import (
    Found,
    find_by_kk,
    find_by_name,
    find_by_number,
    find_by_token,
)
from issuance.cards.order import KK_PURPOSE
from issuance.desk import queries
from issuance.desk.recognise import KK_DIGITS, Typed

# KK numbers are made of places and dates: who tries them by the thousand would learn who gets aid.
# A queue of families has a handful that are on no list.
MISSES_AN_HOUR_MAX = 30


@dataclass(frozen=True, slots=True)
class Tools:
    """What opens names and finds numbers."""

    sealer: Sealer
    index: BlindIndex


async def search(
    tx: AsyncConnection, caller: Principal, tools: Tools, typed: Typed, village: str
) -> list[Found]:
    """Return the families that are meant, in the village `village` when a name was typed.

    Raises Refused: kk_number_mistyped, too_many_unknown_numbers, kk_unknown, and what the findings
    in cards raise.
    """
    sealer = tools.sealer
    if typed.kind == "token":
        return [await find_by_token(tx, caller, sealer, typed.text)]
    if typed.kind == "card":
        return [await find_by_number(tx, caller, sealer, typed.text)]
    if typed.kind == "kk":
        if len(typed.text) != KK_DIGITS:
            raise Refused("kk_number_mistyped", digits=len(typed.text))
        if await tx.scalar(queries.COUNT_MISSES, {"actor": caller.subject}) >= MISSES_AN_HOUR_MAX:
            raise Refused("too_many_unknown_numbers", tries=MISSES_AN_HOUR_MAX)
        kk_index = tools.index.of(KK_PURPOSE, typed.text)
        return [await find_by_kk(tx, caller, sealer, kk_index=kk_index)]
    return await find_by_name(tx, caller, sealer, village=village, words=typed.text)


async def note_attempt(
    tx: AsyncConnection, caller: Principal, kind: str, outcome: str, village: str = ""
) -> None:
    """Keep that somebody searched, by what and with what outcome; never what was typed."""
    await audit.record(
        tx,
        caller,
        "household.searched",
        "search",
        kind,
        region_code=village or None,
        details={"outcome": outcome},
    )
