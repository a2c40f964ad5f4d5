"""Families about whom something waits for a person: flags, an objection, a death to confirm."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.sealed import BlindIndex, Sealer
from common.web.formats import in_wib
from registry.changes import record as changes
from registry.changes.family import read_family
from registry.changes.rules import Asked, Family
from registry.demonstration.cast import OPERATOR, demo_id
from registry.demonstration.work import AtWork
from registry.eligibility import queries as decisions
from registry.eligibility.demo import CYCLE_ID
from registry.eligibility.letters import issue_letter
from registry.flags import queries as flags
from registry.flags.raise_flag import raise_by_hand
from registry.objections import receive as objections
from registry.people.alter import locked_households

ROWS = 60
LETTER_SOURCE = "Surat BKPSDM kabupaten (contoh)"
DUKCAPIL_SOURCE = "Hasil padan Dukcapil (contoh)"
OBJECTION_WORDS = (
    "Contoh: kebun kami terbakar dan penghasilan kami hilang. Kami mohon data kami diperiksa lagi."
)
DEATH_REASON = "Contoh: dilaporkan keluarga di kantor desa, akta kematian diperlihatkan"


async def leave_family_matters(work: AtWork, approved: str, elsewhere: str) -> None:
    """Leave an objection and a death in an approved region, flags in one that is proposed."""
    async with work.engine.begin() as tx:
        village = await _a_village_of(tx, approved)
        await _object(tx, work, await _decided(tx, village, "ineligible"))
        await _record_death(tx, work, await _decided(tx, village, "eligible"))
        if elsewhere:
            await _flag(tx, await _decided(tx, elsewhere, "eligible"))


async def _a_village_of(tx: AsyncConnection, region_code: str) -> str:
    """Return the first village with decisions in a region."""
    asked = {"cycle_id": CYCLE_ID, "scopes": [region_code], "width": 13}
    rows = (await tx.execute(decisions.OUTCOMES_BY_REGION, asked)).all()
    return str(rows[0].region_code) if rows else region_code


async def _decided(tx: AsyncConnection, village: str, outcome: str) -> Sequence[RowMapping]:
    asked = {
        "cycle_id": CYCLE_ID,
        "region_code": village,
        "outcome": outcome,
        "after": None,
        "rows": ROWS,
    }
    return (await tx.execute(decisions.DECIDED, asked)).mappings().all()


async def _object(tx: AsyncConnection, work: AtWork, refused: Sequence[RowMapping]) -> None:
    """Give a family that was refused its letter, and take down its objection."""
    objection_id = demo_id("objection")
    if await objections.find(tx, objection_id) is not None:
        return
    one = await _with_head(tx, refused)
    if one is None:
        return
    await issue_letter(tx, OPERATOR, one["household_id"], one["decision_id"])
    receiving = objections.Receiving(
        objection_id, one["decision_id"], one["head_name"] or "-", OBJECTION_WORDS, "counter"
    )
    await objections.receive(tx, OPERATOR, work.sealer, _index(work), receiving)


async def _with_head(tx: AsyncConnection, rows: Sequence[RowMapping]) -> RowMapping | None:
    """Return the first family whose head lives in it."""
    for row in rows:
        if (await _family(tx, row["household_id"])).head is not None:
            return row
    return None


async def _record_death(tx: AsyncConnection, work: AtWork, families: Sequence[RowMapping]) -> None:
    """Record that a head has died and who follows; another person confirms it."""
    change_id = demo_id("change")
    if await changes.find(tx, change_id) is not None:
        return
    for row in families:
        family = await _family(tx, row["household_id"])
        head = family.head
        others = [one for one in family.alive if one is not head]
        if head is None or not others or not family.running:
            continue
        died_on = in_wib(clock.utc_now()).date() - timedelta(days=9)
        asked = Asked("person_died", died_on, (head.person_id,), head_id=others[0].person_id)
        recording = changes.Recording(
            change_id, family.household_id, asked, DEATH_REASON, "death_certificate"
        )
        await changes.record(tx, OPERATOR, _keys(work), recording)
        return


async def _flag(tx: AsyncConnection, families: Sequence[RowMapping]) -> None:
    """Flag two families of a proposed list: one flag holds the list up, one is a notice."""
    today = in_wib(clock.utc_now()).date()
    kinds = (("civil_servant", LETTER_SOURCE), ("not_matched_dukcapil", DUKCAPIL_SOURCE))
    for (kind, source), row in zip(kinds, families, strict=False):
        flag_id = demo_id("flag", kind)
        if (await tx.execute(flags.FLAG, {"flag_id": flag_id})).first() is not None:
            continue
        family = await _family(tx, row["household_id"])
        if family.alive:
            await raise_by_hand(
                tx,
                OPERATOR,
                flag_id,
                subject_kind="person",
                subject_id=family.alive[0].person_id,
                kind=kind,
                source=source,
                source_on=today - timedelta(days=20),
            )


async def _family(tx: AsyncConnection, household_id: UUID) -> Family:
    return await read_family(tx, (await locked_households(tx, [household_id]))[household_id])


def _index(work: AtWork) -> BlindIndex:
    return BlindIndex(work.settings.blind_index_key.get_secret_value())


def _keys(work: AtWork) -> changes.Keys:
    event_sealer = Sealer(work.settings.event_sealing_key.get_secret_value())
    return changes.Keys(work.sealer, _index(work), event_sealer)
