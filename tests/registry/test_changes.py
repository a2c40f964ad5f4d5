"""Changes in families' lives: two people, the plan that was shown, nothing lost."""

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.files import Someone, a_kk, a_village, csv_bytes
from tests.registry.privacy import Family, ask, officer

from common.clock import utc_now
from common.database import in_transaction
from common.events import Envelope, HouseholdChangedV1
from common.ids import new_id
from common.sealed import Sealer
from registry.changes.resume_due import resume_due

TODAY = utc_now().date().isoformat()
REASON = "Diperlihatkan suratnya di kantor desa"


class Home:
    """A family of a village, as its members' ids by name."""

    def __init__(self, registry: Registry, village: str, household_id: UUID, kk: str) -> None:
        self.registry, self.village, self.id, self.kk = registry, village, household_id, kk

    async def person(self, name: str) -> Any:
        rows = await self.registry.rows(
            "SELECT * FROM persons WHERE name = :n AND import_id IN "
            "(SELECT import_id FROM persons) AND nik_index IS NOT NULL "
            "AND (household_id = :h OR id IN (SELECT person_id FROM person_versions "
            "WHERE household_id = :h))",
            n=name,
            h=self.id,
        )
        return rows[0]

    async def body(self, kind: str, **more: Any) -> dict[str, Any]:
        return {
            "id": str(new_id()),
            "household_id": str(self.id),
            "kind": kind,
            "happened_on": TODAY,
            "reason": REASON,
            "evidence_kind": "village_letter",
            "evidence_number": "470/12/DS",
            **more,
        }

    async def record(self, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        return await self.registry.client.post(
            "/v1/changes", json=body, headers=headers or operator(self.village)
        )

    async def confirm(self, change: Any, headers: dict[str, str] | None = None) -> Any:
        return await self.registry.client.post(
            f"/v1/changes/{change['id']}/confirmation",
            json={"plan_hash": change["plan_hash"]},
            headers=headers or verifier(),
        )

    async def done(self, kind: str, **more: Any) -> Any:
        """Record and confirm; return the change."""
        recorded = await self.record(await self.body(kind, **more))
        assert recorded.status_code == 201, recorded.text
        confirmed = await self.confirm(recorded.json())
        assert confirmed.status_code == 200, confirmed.text
        return confirmed.json()

    async def told(self) -> list[tuple[Envelope, HouseholdChangedV1]]:
        rows = await self.registry.rows(
            "SELECT envelope FROM outbox WHERE subject = :s ORDER BY position",
            s=f"household:{self.id}",
        )
        found = [Envelope.model_validate_json(row.envelope) for row in rows]
        return [(one, HouseholdChangedV1.model_validate(one.data)) for one in found]

    async def enrolment(self) -> Any:
        return (
            await self.registry.rows("SELECT * FROM enrolments WHERE household_id = :h", h=self.id)
        )[0]


async def a_home(registry: Registry, *names: str, village: str = "") -> Home:
    """A family of father, mother, child …; not on any list."""
    village, kk = village or a_village(), a_kk()
    people = [
        Someone(name=name, kk=kk, relation=relation, sex=sex, born=f"19{70 + 9 * n}-05-17")
        for n, (name, relation, sex) in enumerate(
            zip(names or ("AYAH", "IBU", "ANAK"), "134", "121", strict=False)
        )
    ]
    await registry.committed(csv_bytes(people), region=village)
    row = (
        await registry.rows(
            "SELECT h.id FROM households h JOIN persons p ON p.household_id = h.id "
            "WHERE h.region_code = :v AND p.name = :n",
            v=village,
            n=people[0].name,
        )
    )[0]
    return Home(registry, village, row.id, kk)


async def an_enrolled_home(registry: Registry, cycle_id: str, *names: str) -> Home:
    home = await a_home(registry, *names)
    await enrol(registry, cycle_id, home.village)
    return home


async def enrol(registry: Registry, cycle_id: str, village: str) -> None:
    """Enrol a village's families, as an approved list leaves them."""
    async with registry.engine.begin() as tx:
        asked = {"list_id": new_id(), "cycle_id": cycle_id, "village": village}
        await tx.execute(text(APPROVED_LIST), asked)
        await tx.execute(text(ENROLLED), asked)


APPROVED_LIST = """
    INSERT INTO beneficiary_lists (id, programme_id, cycle_id, region_code, state, subjects,
        proposed_by, proposed_by_name, verified_by, verified_by_name, verified_at, content_hash,
        approved_by, approved_by_name, approved_at, decree_number, decree_on)
    SELECT :list_id, programme_id, id, :village, 'approved', 1, 'a', 'A', 'b', 'B', now(), '\\x00',
        'c', 'C', now(), 'SK-CONTOH/2026', '2026-03-01' FROM cycles WHERE id = :cycle_id
"""
ENROLLED = """
    INSERT INTO enrolments (list_id, household_id, programme_id, cycle_id, region_code, decision_id)
    SELECT :list_id, d.household_id, c.programme_id, c.id, d.region_code, d.decision_id
    FROM current_decisions d JOIN cycles c ON c.id = d.cycle_id
    WHERE c.id = :cycle_id AND d.region_code = :village
"""


async def test_a_head_who_died_is_followed_by_another_and_the_family_stays_what_it_was(
    registry: Registry, cycle_id: str
):
    home = await an_enrolled_home(registry, cycle_id)
    father, mother = await home.person("AYAH"), await home.person("IBU")
    await home.done("person_died", person_ids=[str(father.id)], head_id=str(mother.id))
    father, mother = await home.person("AYAH"), await home.person("IBU")
    assert (father.status, mother.relation, mother.household_id) == ("dead", "head", home.id)
    assert (await home.enrolment()).state == "active"
    kept = await registry.rows(
        "SELECT values FROM person_versions WHERE person_id = :p", p=father.id
    )
    assert kept[0].values["status"] == "alive"
    ((envelope, event),) = await home.told()
    assert (envelope.sequence, event.kind, event.card_action) == (1, "person_died", "reissue")
    sealer = Sealer(registry.settings.event_sealing_key.get_secret_value())
    told = sealer.open_json(event.sealed, f"household:{home.id}")
    assert told["head_name"] == "IBU"
    assert set(told) == {"head_name", "kk_number"}
    assert told["kk_number"] not in json.dumps(envelope.data)
    assert "IBU" not in json.dumps(envelope.data)
    jobs = await registry.value(
        "SELECT count(*) FROM jobs WHERE arguments ->> 'region_code' = :v AND state = 'queued'",
        v=home.village,
    )
    assert jobs >= 1


async def test_nothing_happens_until_another_person_confirms_and_never_by_the_recorder(
    registry: Registry,
):
    home = await a_home(registry)
    father = await home.person("AYAH")
    body = await home.body(
        "person_died",
        person_ids=[str(father.id)],
        head_id=str((await home.person("IBU")).id),
    )
    both = verifier(home.village, subject="sama")
    recorded = (await home.record(body, both)).json()
    assert (await home.person("AYAH")).status == "alive"
    refused = await home.confirm(recorded, both)
    assert (refused.status_code, refused.json()["code"]) == (403, "same_person_recorded")
    by_hand = text(
        "UPDATE life_changes SET state = 'confirmed', decided_by = recorded_by, "
        "decided_by_name = 'x', decided_at = now() WHERE id = :id"
    )
    async with registry.engine.connect() as tx:
        with pytest.raises(IntegrityError, match="two_people"):
            await tx.execute(by_hand, {"id": recorded["id"]})


async def test_a_repeat_by_id_is_one_change_and_other_content_is_refused(registry: Registry):
    home = await a_home(registry)
    clerk = operator(home.village, subject="juru-tulis")
    body = await home.body("moved_out")
    answers = await asyncio.gather(*(home.record(body, clerk) for _ in range(4)))
    assert {(one.status_code, one.json()["id"]) for one in answers} == {(201, body["id"])}
    other = await home.record({**body, "reason": "Alasan lain yang cukup panjang"}, clerk)
    assert (other.status_code, other.json()["code"]) == (409, "id_reused")
    again = await home.record({**body, "id": str(new_id())}, clerk)
    assert (again.status_code, again.json()["code"]) == (409, "change_waits_already")


async def test_two_who_confirm_at_once_do_it_once(registry: Registry, cycle_id: str):
    home = await an_enrolled_home(registry, cycle_id)
    change = (await home.record(await home.body("moved_out"))).json()
    answers = await asyncio.gather(
        *(home.confirm(change, verifier(subject=f"pemeriksa-{n}")) for n in range(3))
    )
    assert sorted(one.status_code for one in answers) == [200, 409, 409]
    assert len(await home.told()) == 1
    assert (await home.enrolment()).version == 2


async def test_a_family_that_is_not_as_it_was_shown_is_not_changed(registry: Registry):
    home = await a_home(registry)
    father, mother = await home.person("AYAH"), await home.person("IBU")
    body = await home.body("person_died", person_ids=[str(father.id)], head_id=str(mother.id))
    change = (await home.record(body)).json()
    async with registry.engine.begin() as tx:
        newer = text("UPDATE persons SET version = version + 1 WHERE id = :id")
        await tx.execute(newer, {"id": father.id})
    refused = await home.confirm(change)
    assert (refused.status_code, refused.json()["code"]) == (409, "changed_meanwhile")
    wrong = await home.confirm({**change, "plan_hash": "0" * 64})
    assert wrong.json()["code"] == "changed_meanwhile"
    back = await registry.client.post(
        f"/v1/changes/{change['id']}/return",
        json={"note": "Data keluarga berubah sejak dicatat"},
        headers=verifier(),
    )
    assert back.json()["state"] == "returned"


async def test_a_move_keeps_the_enrolment_and_is_confirmed_by_who_covers_the_new_village(
    registry: Registry, cycle_id: str
):
    home, there = await an_enrolled_home(registry, cycle_id), a_village()
    body = await home.body("moved_in_province", to_region_code=there)
    change = (await home.record(body)).json()
    stranger = await home.confirm(change, verifier("62.71"))
    assert stranger.json()["code"] == "outside_your_regions"
    assert (await home.confirm(change, verifier(there[:5]))).status_code == 200
    family = (await registry.rows("SELECT * FROM households WHERE id = :h", h=home.id))[0]
    assert family.region_code == there
    assert (await home.enrolment()).state == "active"
    decided = await registry.value(
        "SELECT region_code FROM current_decisions WHERE household_id = :h", h=home.id
    )
    assert decided == there
    ((_, event),) = await home.told()
    assert (event.region_code, event.card_action) == (there, "none")
    # The person of the new place can go on with the family, although it was enrolled elsewhere.
    enrolment = str((await home.enrolment()).id)
    pause = await home.body("suspend", enrolment_ids=[enrolment], until_on=_in_days(30))
    recorded = await home.record(pause, operator(there))
    assert (await home.confirm(recorded.json(), verifier(there[:5]))).status_code == 200
    assert (await home.enrolment()).state == "suspended"


async def test_leaving_the_province_ends_enrolment_and_card(registry: Registry, cycle_id: str):
    home = await an_enrolled_home(registry, cycle_id)
    change = await home.done("moved_out")
    enrolment = await home.enrolment()
    assert (enrolment.state, enrolment.end_reason) == ("ended", "moved_out")
    assert str(enrolment.ended_by_change) == change["id"]
    ((_, event),) = await home.told()
    assert (event.kind, event.card_action) == ("moved_out", "revoke")
    assert (await home.person("ANAK")).status == "moved"


@pytest.mark.parametrize("leaves", [False, True])
async def test_a_division_keeps_enrolment_and_card_with_the_part_that_is_named(
    registry: Registry, cycle_id: str, leaves: bool
):
    home = await an_enrolled_home(registry, cycle_id)
    mother, child = await home.person("IBU"), await home.person("ANAK")
    new_home, new_kk = new_id(), a_kk()
    await home.done(
        "split",
        person_ids=[str(mother.id), str(child.id)],
        head_id=str(mother.id),
        enrolment_leaves=leaves,
        new_household_id=str(new_home),
        new_kk=new_kk,
    )
    where = {name: (await home.person(name)).household_id for name in ("AYAH", "IBU", "ANAK")}
    kept, left = home.id, new_home
    if leaves:
        assert where == {"AYAH": left, "IBU": kept, "ANAK": kept}
    else:
        assert where == {"AYAH": kept, "IBU": left, "ANAK": left}
    assert (await home.person("IBU")).relation == "head"
    assert (await home.person("AYAH")).relation == "head"
    assert (await home.enrolment()).state == "active"
    by_old = await found_by_kk(registry, home.kk, home.village)
    by_new = await found_by_kk(registry, new_kk, home.village)
    assert (by_old, by_new) == ((left, kept) if leaves else (kept, left))
    ((_, event),) = await home.told()
    assert event.card_action == ("reissue" if leaves else "none")
    assert event.related_household_id == new_home


async def found_by_kk(registry: Registry, kk: str, village: str) -> UUID | None:
    answer = await registry.client.post(
        "/v1/households/search", json={"number": kk}, headers=operator(village)
    )
    found = answer.json()["households"]
    return UUID(found[0]["id"]) if found else None


async def test_two_families_that_join_have_one_card(registry: Registry, cycle_id: str):
    village = a_village()
    home = await a_home(registry, "AYAH", "IBU", village=village)
    other = await a_home(registry, "KAKEK", "NENEK", village=village)
    await enrol(registry, cycle_id, village)
    await home.done("merge", other_kk=other.kk)
    assert (await other.person("NENEK")).household_id == home.id
    assert (await other.enrolment()).end_reason == "merged"
    assert (await home.enrolment()).state == "active"
    ((_, event),) = await other.told()
    assert (event.kind, event.card_action) == ("merged_away", "revoke")
    assert event.related_household_id == home.id
    flag = await registry.value(
        "SELECT kind FROM flags WHERE subject_id = :h AND cleared_at IS NULL", h=other.id
    )
    assert flag == "empty_household"


def _in_days(days: int) -> str:
    return (utc_now().date() + timedelta(days=days)).isoformat()


async def test_a_suspension_ends_by_itself_after_its_last_day(registry: Registry, cycle_id: str):
    home = await an_enrolled_home(registry, cycle_id)
    enrolment = str((await home.enrolment()).id)
    change = await home.done("suspend", enrolment_ids=[enrolment], until_on=_in_days(20))
    assert (await home.enrolment()).state == "suspended"
    assert await in_transaction(registry.engine, resume_due) == 0
    async with registry.engine.begin() as tx:
        over = (
            "UPDATE life_changes SET request = request || jsonb_build_object('until_on', "
            "'2026-01-01') WHERE id = :id"
        )
        await tx.execute(text(over), {"id": change["id"]})
    assert await in_transaction(registry.engine, resume_due) >= 1
    assert (await home.enrolment()).state == "active"
    assert await in_transaction(registry.engine, resume_due) == 0


async def test_a_mistake_is_undone_the_same_day_by_a_change_of_its_own(
    registry: Registry, cycle_id: str
):
    home = await an_enrolled_home(registry, cycle_id)
    father, mother = await home.person("AYAH"), await home.person("IBU")
    wrong = await home.done("moved_out")
    back = await home.done("correction", corrects_id=wrong["id"])
    assert (await home.person("AYAH")).status == father.status == "alive"
    assert (await home.person("IBU")).relation == mother.relation
    assert (await home.enrolment()).state == "active"
    assert [event.card_action for _, event in await home.told()] == ["revoke", "reissue"]
    assert [one.sequence for one, _ in await home.told()] == [1, 2]
    again = await home.record(await home.body("correction", corrects_id=wrong["id"]))
    assert again.status_code == 409
    undone = await home.record(await home.body("correction", corrects_id=back["id"]))
    assert undone.json()["code"] == "change_cannot_be_undone"


async def test_a_division_undone_gives_the_number_back(registry: Registry, cycle_id: str):
    home = await an_enrolled_home(registry, cycle_id)
    mother, child = await home.person("IBU"), await home.person("ANAK")
    split = await home.done(
        "split",
        person_ids=[str(mother.id), str(child.id)],
        head_id=str(mother.id),
        enrolment_leaves=True,
        new_household_id=str(new_id()),
    )
    await home.done("correction", corrects_id=split["id"])
    assert await found_by_kk(registry, home.kk, home.village) == home.id
    assert {(await home.person(n)).household_id for n in ("AYAH", "IBU", "ANAK")} == {home.id}
    assert (await home.person("IBU")).relation == "wife"


async def test_a_number_in_the_words_and_a_day_to_come_are_refused(registry: Registry):
    home = await a_home(registry)
    cases = {
        "change_number_in_words": {"reason": f"Pindah dengan KK {home.kk} kemarin"},
        "change_in_future": {"happened_on": _in_days(2)},
        "change_evidence_missing": {"evidence_kind": "katanya"},
        "reason_too_short": {"reason": "pindah"},
    }
    for code, change in cases.items():
        answer = await home.record(await home.body("moved_out", **change))
        assert answer.json()["code"] == code
    father = await home.person("AYAH")
    headless = await home.record(await home.body("person_died", person_ids=[str(father.id)]))
    assert headless.json()["code"] == "change_head_needed"
    elsewhere = await home.record(await home.body("moved_out"), operator("62.71.01.1001"))
    assert elsewhere.json()["code"] == "outside_your_regions"
    missing = await registry.client.get(f"/v1/changes/{new_id()}", headers=approver())
    assert missing.status_code == 404


async def test_ones_own_copy_names_a_change_in_words(registry: Registry):
    home = await a_home(registry)
    father, mother = await home.person("AYAH"), await home.person("IBU")
    await home.done("person_died", person_ids=[str(father.id)], head_id=str(mother.id))
    people = (Someone(name="AYAH"), Someone(name="ANAK"))
    family = Family(home.village, str(home.id), *people, str(mother.id), "")
    request = await ask(registry, family, "copy")
    page = await registry.client.get(f"/personal-data/requests/{request}/copy", headers=officer())
    assert page.text.count("Ada anggota yang meninggal") == 2
    assert "Dikonfirmasi" in page.text
    assert "person_died" not in page.text
