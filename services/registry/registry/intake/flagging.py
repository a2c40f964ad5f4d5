"""Which facts of a file raise a flag on a person or family, and the raising of them."""

from typing import Protocol

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.web.formats import in_wib
from registry.flags.raise_flag import raise_flags
from registry.flags.rules import BLOCKING, HOUSEHOLD, NOTICE, PERSON, NewFlag
from registry.intake.flag_queries import FACTS_OF_IMPORT, NIKS_OF_OTHERS
from registry.intake.layouts.dukcapil_match import FACT_CODE as DUKCAPIL

# (fact, value) -> (kind of flag, weight). Being on an aid programme is judged by the criteria and
# the overlap matrix, not by a flag; a match says nothing bad.
FLAGS: dict[tuple[str, str], tuple[str, str]] = {
    (DUKCAPIL, "dead"): ("dead", BLOCKING),
    (DUKCAPIL, "moved"): ("moved", BLOCKING),
    (DUKCAPIL, "not_matched"): ("not_matched_dukcapil", NOTICE),
    ("roster.civil_servant", "yes"): ("civil_servant", BLOCKING),
}
CODES = tuple(sorted({code for code, _ in FLAGS}))


class Said(Protocol):
    """What of a fact decides about a flag."""

    @property
    def code(self) -> str:
        """Which fact it is."""

    @property
    def value(self) -> str:
        """What it says."""


def flag_of(fact: Said) -> tuple[str, str] | None:
    """Return the kind and weight of the flag that a fact raises; None when it raises none."""
    return FLAGS.get((fact.code, fact.value))


async def flags_from_facts(tx: AsyncConnection, caller: Principal, batch: RowMapping) -> int:
    """Raise the flags that a committed file of facts gives reason for; return how many are new."""
    asked = {"import_id": batch["id"], "codes": list(CODES)}
    flags = []
    for fact in await tx.execute(FACTS_OF_IMPORT, asked):
        found = flag_of(fact)
        if found is not None:
            kind, severity = found
            flags.append(
                NewFlag(
                    PERSON if fact.subject_id != fact.household_id else HOUSEHOLD,
                    fact.subject_id,
                    fact.household_id,
                    fact.region_code,
                    kind,
                    fact.source,
                    fact.valid_from,
                    severity,
                    import_id=batch["id"],
                )
            )
    return await raise_flags(tx, caller, flags) if flags else 0


async def flags_from_numbers(tx: AsyncConnection, caller: Principal, batch: RowMapping) -> int:
    """Flag those whose NIK a row of the file gives to somebody else; return how many are new."""
    today = in_wib(clock.utc_now()).date()
    found = await tx.execute(NIKS_OF_OTHERS, {"import_id": batch["id"]})
    flags = [
        NewFlag(
            PERSON,
            one.person_id,
            one.household_id,
            one.region_code,
            "same_nik_twice",
            batch["file_name"],
            today,
            BLOCKING,
            import_id=batch["id"],
        )
        for one in found
    ]
    return await raise_flags(tx, caller, flags) if flags else 0
