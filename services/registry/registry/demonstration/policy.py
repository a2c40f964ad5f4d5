"""What waits in the offices: a draft of criteria, data sets, another agency's agreement."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from common.problems import Refused
from common.web.formats import in_wib
from registry.accounts import clients
from registry.accounts import queries as accounts
from registry.dci import queries as agencies
from registry.dci.profiles import create as create_agency
from registry.demonstration.cast import ADMINISTRATOR, APPROVER, PROVINCE, STEWARD, demo_id
from registry.demonstration.work import AtWork, Say
from registry.eligibility import queries as eligibility
from registry.eligibility.criteria import draft
from registry.eligibility.demo import (
    CRITERIA,
    CYCLE_ID,
    DRAFTER,
    FACT_AGE_DAYS_MAX,
    PROGRAMME_CODE,
)
from registry.eligibility.examples import add_example
from registry.eligibility.read import cycle_with_id
from registry.eligibility.rules import Criterion
from registry.reports import release as releases

OWNER_LOGIN = "program"
AGENCY_ID = "khbs-contoh-dinsos"
AGENCY_DAYS = 365
# Wider at the top, narrower in the middle: some families would enter and some would leave.
DRAFTED = Criterion(
    "decile",
    "decile <= 2 || (decile <= 5 && (children_0_6 >= 1 || elderly_60_plus >= 1))",
    "Keluarga berada di desil 1-2, atau di desil 3-5 dan ada anak balita atau lansia",
    "The family is in decile 1-2, or in decile 3-5 with a small child or an elderly person",
    "Data DTSEN per triwulan, kartu keluarga",
    "DTSEN data by quarter, family card",
)
_FINE: dict[str, Any] = {
    "decile": 1,
    "children_0_6": 0,
    "elderly_60_plus": 0,
    "in_province": True,
    "head_alive": True,
}
EXAMPLES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("Desil 2, tanpa balita dan lansia", {**_FINE, "decile": 2}, "eligible"),
    ("Desil 5 dengan satu balita", {**_FINE, "decile": 5, "children_0_6": 1}, "eligible"),
    ("Desil 4 dengan kakek dan nenek", {**_FINE, "decile": 4, "elderly_60_plus": 2}, "eligible"),
    ("Desil 4 tanpa balita dan lansia", {**_FINE, "decile": 4}, "ineligible"),
    ("Desil 6 dengan balita", {**_FINE, "decile": 6, "children_0_6": 2}, "ineligible"),
    ("Desil belum diketahui", {**_FINE, "decile": None}, "needs_review"),
)
AGENCY: dict[str, Any] = {
    "sender_id": "dinsos-kapuas-contoh",
    "agency_name": "Dinas Sosial Kabupaten Kapuas (contoh)",
    "purpose": "Mencocokkan penerima bantuan kabupaten agar tidak menerima dua kali",
    "legal_basis": "Perjanjian kerja sama contoh, bukan perjanjian sebenarnya",
    "regions": ["62.03"],
    "fields": ["nik", "kk", "name", "region", "decile", "enrolments"],
    "roster_codes": ["blt_dd"],
    "callback_addresses": [],
    "public_keys": [],
    "keys_address": None,
    "needs_signature": False,
}


async def leave_policy_matters(work: AtWork, say: Say) -> None:
    """Leave a draft to approve, one data set published and one to check, and one agency."""
    today = in_wib(clock.utc_now()).date()
    async with work.engine.begin() as tx:
        await _draft_criteria(tx)
        await _release(tx, "penerima-manfaat", today, is_published=True)
        await _release(tx, "keputusan-kelayakan", today, is_published=False)
        await _agree(tx, today)
    say("Rancangan kriteria, dataset, dan perjanjian contoh disiapkan")


async def _draft_criteria(tx: AsyncConnection) -> None:
    """Draft criteria for the next cycle in the name of the programme's owner, with examples."""
    version_id = demo_id("criteria")
    if (await tx.execute(eligibility.VERSION, {"version_id": version_id})).first() is not None:
        return
    owner = await _login(tx, OWNER_LOGIN) or DRAFTER
    cycle = await cycle_with_id(tx, CYCLE_ID)
    starts_on = cycle["closes_on"] + timedelta(days=1)
    version = {
        "decree_number": f"RANCANGAN-CONTOH/{starts_on.year}",
        "decree_on": cycle["opens_on"],
        "valid_from": starts_on,
        "valid_to": None,
        "fact_age_days_max": FACT_AGE_DAYS_MAX,
    }
    criteria = (DRAFTED, *CRITERIA[1:])
    await draft(tx, owner, PROGRAMME_CODE, version_id, version=version, criteria=criteria)
    for place, (name, inputs, expected) in enumerate(EXAMPLES):
        example_id = demo_id("example", name, place=place)
        await add_example(
            tx, owner, version_id, example_id, name=name, inputs=inputs, expected=expected
        )


async def _login(tx: AsyncConnection, username: str) -> Principal | None:
    """Return whoever signs in so; None when an outside provider has the accounts."""
    found = await tx.execute(accounts.SELECT_BY_USERNAME, {"username": username})
    row = found.mappings().first()
    if row is None:
        return None
    return Principal(str(row["id"]), row["display_name"], frozenset(), frozenset(), (PROVINCE,))


async def _release(tx: AsyncConnection, code: str, today: date, *, is_published: bool) -> None:
    """Prepare a data set of this quarter; the steward publishes it, or has yet to."""
    release_id = demo_id("release", code)
    if await releases.find(tx, release_id) is not None:
        return
    period = f"{today.year}-Q{(today.month + 2) // 3}"
    try:
        one = await releases.prepare(tx, APPROVER, release_id, code, period)
    except Refused as refusal:
        if refusal.code == "dataset_empty":
            return
        raise
    if is_published:
        await releases.publish(tx, STEWARD, release_id, bytes(one["content_hash"]))


async def _agree(tx: AsyncConnection, today: date) -> None:
    """Make an agency's system known. Nobody keeps its secret: an administrator makes a new one."""
    if (await tx.execute(agencies.PROFILE, {"client": AGENCY_ID})).first() is not None:
        return
    until = today + timedelta(days=AGENCY_DAYS)
    await create_agency(tx, ADMINISTRATOR, AGENCY_ID, {**AGENCY, "valid_until": until})
    if await clients.known(tx, AGENCY_ID) is None:
        await clients.create_registry_client(
            tx, ADMINISTRATOR, AGENCY_ID, name=AGENCY["agency_name"], regions=AGENCY["regions"]
        )
