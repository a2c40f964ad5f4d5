"""Lists of the demonstration: some approved, one proposed, and one that says who leaves."""

from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.problems import Refused
from common.regions import region_name
from common.web.formats import in_wib
from registry.demonstration.cast import APPROVER, OPERATOR, VERIFIER, demo_id
from registry.demonstration.work import AtWork, Say
from registry.eligibility.demo import CYCLE_ID, decree_of
from registry.eligibility.review import review
from registry.enrolment import checking_queries as checking
from registry.enrolment import queries as lists
from registry.enrolment.approve import ask_approval
from registry.enrolment.demo import visit_sample
from registry.enrolment.propose import find, propose
from registry.enrolment.strike import strike
from registry.enrolment.verify import verify

APPROVED_REGENCY = "62.03"
ROWS = 500
REASON = "Contoh: dikunjungi petugas, rumah dan penghasilan sesuai kriteria"
OTHER_REASON = "Contoh: dikunjungi petugas, keluarga ini sudah tergolong mampu"
STRUCK = "Contoh: menunggu pemeriksaan tanda pada keluarga ini"


def regions_to_approve(manifest: dict[str, Any]) -> list[str]:
    """Return the districts of one regency; where the operator's village is, its neighbours."""
    mine = manifest["demo"]["operator_village"]
    codes = [village["code"] for village in manifest["villages"]]
    return regions_without(mine, [code for code in codes if code.startswith(APPROVED_REGENCY)])


def regions_without(left_out: str, villages: list[str]) -> list[str]:
    """Return the districts of these villages; where one village is left out, its neighbours."""
    district = left_out[:8]
    whole = sorted({code[:8] for code in villages if code[:8] != district})
    return whole + [code for code in villages if code[:8] == district and code != left_out]


def list_of(region_code: str, kind: str = "full") -> UUID:
    """Return the id of a region's list."""
    return demo_id("list", kind, region_code)


async def make_lists(work: AtWork, manifest: dict[str, Any], say: Say) -> None:
    """Approve the lists of one regency but the operator's village; propose one elsewhere."""
    for code in regions_to_approve(manifest):
        if await _approve(work, code):
            say(f"Ditetapkan: {region_name(code)}")
    elsewhere = region_elsewhere(manifest)
    if elsewhere and await _propose(work, elsewhere):
        say(f"Diusulkan: {region_name(elsewhere)}")


def region_elsewhere(manifest: dict[str, Any]) -> str:
    """Return a village of another regency; empty when there is none."""
    codes = [village["code"] for village in manifest["villages"]]
    others = [code for code in codes if not code.startswith(f"{APPROVED_REGENCY}.")]
    return others[0] if others else ""


async def propose_difference(work: AtWork, region_code: str, say: Say) -> None:
    """Propose who enters and who leaves in a region; it waits there for its visits."""
    if await _propose(work, region_code, kind="difference"):
        say(f"Daftar selisih diusulkan: {region_name(region_code)}")


async def _propose(work: AtWork, region_code: str, kind: str = "full") -> RowMapping | None:
    """Return the region's list, proposed now or by an earlier run; None when nobody is on it."""
    list_id = list_of(region_code, kind)
    base = CYCLE_ID if kind == "difference" else None
    try:
        async with work.engine.begin() as tx:
            await propose(
                tx,
                OPERATOR,
                list_id=list_id,
                cycle_id=CYCLE_ID,
                region_code=region_code,
                base_cycle_id=base,
            )
        await work.until_done(list_id)
    except Refused as refusal:
        if refusal.code in {"list_empty", "list_open_already", "no_difference"}:
            return None
        raise
    async with work.engine.begin() as tx:
        return await find(tx, list_id)


async def _approve(work: AtWork, region_code: str) -> bool:
    """Take a region's list from where it is to its decree; tell whether there was one."""
    one = await _propose(work, region_code)
    if one is None or one["state"] == "returned":
        return False
    if one["state"] == "proposed":
        while await _review_some(work, one["id"]):
            pass
        async with work.engine.begin() as tx:
            await _strike_flagged(tx, one["id"])
            await visit_sample(tx, VERIFIER, one["id"])
            one = await verify(tx, VERIFIER, one["id"])
    if one["state"] == "verified":
        await _sign(work, one)
    await work.until_done(one["id"])
    return True


async def _sign(work: AtWork, one: RowMapping) -> None:
    today = in_wib(clock.utc_now()).date()
    async with work.engine.begin() as tx:
        await ask_approval(
            tx,
            APPROVER,
            one["id"],
            decree_number=decree_of(today),
            decree_on=today,
            content_hash=bytes(one["content_hash"]),
        )


async def _strike_flagged(tx: AsyncConnection, list_id: UUID) -> None:
    """Take families off that have to be checked first; they can be proposed later."""
    while rows := (await tx.execute(checking.FLAGGED, {"list_id": list_id, "rows": ROWS})).all():
        for row in rows:
            await strike(tx, VERIFIER, list_id, row.household_id, STRUCK)


async def _review_some(work: AtWork, list_id: UUID) -> bool:
    """Judge some families that need review, every fourth as not entitled."""
    asked = {
        "list_id": list_id,
        "outcome": "needs_review",
        "action": None,
        "after": None,
        "rows": ROWS,
    }
    async with work.engine.begin() as tx:
        ids = [row.household_id for row in (await tx.execute(lists.MEMBERS, asked)).all()]
        for outcome, reason, chosen in (
            ("ineligible", OTHER_REASON, ids[3::4]),
            ("eligible", REASON, [one for at, one in enumerate(ids) if at % 4 != 3]),
        ):
            if chosen:
                await review(
                    tx,
                    VERIFIER,
                    cycle_id=CYCLE_ID,
                    household_ids=chosen,
                    outcome=outcome,
                    reason=reason,
                )
    return bool(ids)
