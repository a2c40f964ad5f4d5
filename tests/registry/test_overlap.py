"""The overlap matrix: drafted and approved by two, applied in deciding, with exceptions."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer, serving, settings_values
from tests.registry.conftest import Registry, operator, verifier
from tests.registry.files import Someone, a_village, csv_bytes, dtsen_csv, roster_xlsx

from common.clock import utc_now
from common.database import new_engine
from common.ids import new_id
from registry.app import create_app
from registry.eligibility.demo import CYCLE_ID, PROGRAMME_CODE, put_demo_programme
from registry.people.prepare import put_regions
from registry.settings import Settings

OTHER_ID = "01930000-0000-7000-8000-0000000000a1"


@pytest.fixture(scope="module")
async def own(new_database: Callable[[str], str]) -> AsyncIterator[Registry]:
    """A registry of this module's own: a matrix that is approved here counts for everybody."""
    url = new_database("registry")
    settings = Settings(**settings_values(url))
    engine = new_engine(url, application_name="tests", statement_timeout_s=60, pool_size=5)
    async with engine.begin() as tx:
        await put_regions(tx)
        await put_demo_programme(tx, utc_now().date())
        await tx.execute(
            text("INSERT INTO programmes VALUES (:id, 'khbs_nelayan', 'Bantuan nelayan',"
                 " 'Aid to fishers', 'SK-CONTOH')"), {"id": OTHER_ID},
        )  # fmt: skip
    async with serving(create_app(settings)) as client:
        yield Registry(client, engine, settings)
    await engine.dispose()


def owner(subject: str = "penyusun") -> dict[str, str]:
    return bearer("programme_owner", subject=subject)


def approver(subject: str = "pejabat") -> dict[str, str]:
    return bearer("provincial_approver", subject=subject)


async def outcomes(own: Registry, village: str) -> dict[str, Any]:
    rows = await own.rows(
        "SELECT p.name, c.household_id, c.outcome, f.outcomes FROM current_decisions c"
        " JOIN decisions d ON d.id = c.decision_id JOIN findings f ON f.id = d.findings_id"
        " JOIN persons p ON p.household_id = c.household_id WHERE c.region_code = :v", v=village,
    )  # fmt: skip
    return {
        row.name: {one["code"]: one["outcome"] for one in row.outcomes}
        | {"all": row.outcome, "id": row.household_id}
        for row in rows
    }


async def a_village_on_rosters(own: Registry) -> str:
    village = a_village()
    people = [Someone(name="DI PKH"), Someone(name="DI PIP"), Someone(name="BEBAS")]
    await own.committed(csv_bytes(people), region=village)
    deciles = [(one.kk, 1) for one in people]
    await own.committed(dtsen_csv(deciles), region=village, name="dtsen.csv")
    strangers = [(Someone().kk, Someone().nik or "")]
    rosters = {
        "PKH": [(people[0].kk, people[0].nik or "")],
        "SEMBAKO": strangers,
        "BLT-DD": strangers,
        "PIP": [(people[1].kk, people[1].nik or "")],
    }
    for programme, on in rosters.items():
        await own.committed(roster_xlsx(programme, on), region=village, name="daftar.xlsx")
    return village


async def test_a_pair_excludes_and_a_persons_exception_lets_one_family_pass(own: Registry) -> None:
    village = await a_village_on_rosters(own)
    found = await outcomes(own, village)
    assert (found["DI PKH"]["overlap:pkh"], found["DI PKH"]["all"]) == ("not_met", "ineligible")
    assert (found["DI PIP"]["all"], found["BEBAS"]["all"]) == ("eligible", "eligible")
    path = f"/households/{found['DI PKH']['id']}/exceptions"
    form = {"id": str(new_id()), "programme_code": PROGRAMME_CODE, "other_code": "pkh",
            "reason": "pendek"}  # fmt: skip
    short = await own.client.post(path, data=form, headers=verifier(village))
    assert short.json()["code"] == "reason_too_short"
    form["reason"] = "PKH berhenti bulan lalu, buku rekening dilihat"
    assert (await own.client.post(path, data=form, headers=operator(village))).status_code == 403
    assert (await own.client.post(path, data=form, headers=verifier("62.71"))).status_code == 403
    for _repeat in range(2):
        granted = await own.client.post(path, data=form, headers=verifier(village))
        assert granted.status_code == 303, granted.text
    twice = {**form, "id": str(new_id())}
    again = await own.client.post(path, data=twice, headers=verifier(village))
    assert again.json()["code"] == "exception_open_already"
    await own.do_jobs()
    assert (await outcomes(own, village))["DI PKH"]["all"] == "eligible"
    page = (await own.client.get(path, headers=verifier(village))).text
    assert "buku rekening dilihat" in page
    ended = await own.client.post(
        f"/exceptions/{form['id']}/end", data={"reason": "Keliru, PKH masih berjalan"},
        headers=verifier(village),
    )  # fmt: skip
    assert ended.status_code == 303
    await own.do_jobs()
    assert (await outcomes(own, village))["DI PKH"]["all"] == "ineligible"


async def test_a_new_matrix_flags_for_a_person_and_knows_programmes_of_our_own(
    own: Registry,
) -> None:
    village = await a_village_on_rosters(own)
    before = await outcomes(own, village)
    await _enrol_elsewhere(own, before["BEBAS"]["id"], village)
    version = str(new_id())
    form = {
        "id": version, "decree_number": "SK-MATRIKS/2", "decree_on": "2026-01-02",
        "valid_from": utc_now().date().isoformat(),
        f"outcome_{PROGRAMME_CODE}_pip": "flag", f"reason_id_{PROGRAMME_CODE}_pip": "Dilihat dulu",
        f"outcome_{PROGRAMME_CODE}_pkh": "allow",
        f"outcome_{PROGRAMME_CODE}_khbs_nelayan": "exclude",
        f"reason_id_{PROGRAMME_CODE}_khbs_nelayan": "Satu keluarga satu bantuan",
    }  # fmt: skip
    for _repeat in range(2):
        saved = await own.client.post("/overlap", data=form, headers=owner())
        assert saved.status_code == 303, saved.text
    mine = await own.client.post(f"/overlap/{version}/approve", headers=owner())
    assert mine.status_code == 403
    approved = await own.client.post(f"/overlap/{version}/approve", headers=approver())
    assert approved.status_code == 303, approved.text
    await own.do_jobs()
    found = await outcomes(own, village)
    assert found["DI PKH"]["all"] == "eligible"
    assert (found["DI PIP"]["overlap:pip"], found["DI PIP"]["all"]) == ("unknown", "needs_review")
    assert found["BEBAS"]["overlap:khbs_nelayan"] == "not_met"
    flags = await own.rows("SELECT household_id, kind FROM flags WHERE region_code = :v", v=village)
    assert [(one.household_id, one.kind) for one in flags] == [
        (found["DI PIP"]["id"], "other_programme")
    ]
    kept = await own.value(
        "SELECT count(*) FROM decisions WHERE region_code = :v AND supersedes_id IS NOT NULL",
        v=village,
    )
    assert kept >= 3
    page = (await own.client.get("/overlap", headers=owner())).text
    assert "Satu keluarga satu bantuan" in page
    for statement in (
        "UPDATE overlap_pairs SET outcome = 'allow' WHERE overlap_version_id = :v",
        "DELETE FROM overlap_pairs WHERE overlap_version_id = :v",
        "UPDATE overlap_versions SET valid_from = valid_from + 1 WHERE id = :v",
    ):
        async with own.engine.connect() as connection:
            with pytest.raises(DBAPIError, match="does not change"):
                await connection.execute(text(statement), {"v": version})


async def _enrol_elsewhere(own: Registry, household: Any, village: str) -> None:
    values = {"p": OTHER_ID, "c": new_id(), "l": new_id(), "h": household, "v": village}
    async with own.engine.begin() as tx:
        await tx.execute(
            text("INSERT INTO cycles (id, programme_id, name, opens_on, closes_on, budget_rupiah)"
                 " VALUES (:c, :p, 'Tahap', current_date - 9, current_date + 9, 0)"), values,
        )  # fmt: skip
        await tx.execute(
            text("INSERT INTO beneficiary_lists (id, programme_id, cycle_id, region_code, subjects,"
                 " proposed_by, proposed_by_name) VALUES (:l, :p, :c, :v, 1, 'a', 'A')"), values,
        )  # fmt: skip
        await tx.execute(
            text("INSERT INTO enrolments (list_id, household_id, programme_id, cycle_id,"
                 " region_code, decision_id) VALUES (:l, :h, :p, :c, :v, :l)"), values,
        )  # fmt: skip


async def test_the_database_keeps_decisions_tied_without_a_key_a_row(own: Registry) -> None:
    village = await a_village_on_rosters(own)
    some = next(iter((await outcomes(own, village)).values()))["id"]
    for statement in (
        "INSERT INTO decisions (household_id, region_code, cycle_id, findings_id, outcome,"
        " fact_ids, roster_load_ids) VALUES (:h, '62', :c, 0, 'eligible', '{}', '{}')",
        "UPDATE current_decisions SET decision_id = uuidv7() WHERE household_id = :h",
        "INSERT INTO current_decisions (cycle_id, household_id, decision_id, region_code, outcome)"
        " SELECT :c, uuidv7(), uuidv7(), '62', 'eligible'",
    ):
        asked = {"h": some, "c": CYCLE_ID}
        used = {name: value for name, value in asked.items() if f":{name}" in statement}
        async with own.engine.connect() as connection:
            with pytest.raises(DBAPIError, match=r"refers to findings|is current is a decision"):
                await connection.execute(text(statement), used)
