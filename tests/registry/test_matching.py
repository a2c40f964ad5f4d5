"""One person once: pairs are found, a person decides, nothing joins itself, all can be undone."""

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.files import Someone, a_kk, a_village, csv_bytes

from common.auth.principal import Principal
from common.ids import new_id
from registry.jobs.run import run_next
from registry.matching.ask import ask_matching
from registry.worker import match_works

PARENTS = {"nama_ayah": "UTUH LAMBUNG", "nama_ibu": "GALUH BANJAR"}
ASKER = Principal("tester", "Penguji", frozenset(), frozenset(), ("62",))


@dataclass
class Double:
    """One person on two records."""

    first: Someone
    second: Someone
    village: str
    other_village: str = ""

    async def pair(self, registry: Registry) -> dict[str, Any]:
        rows = await registry.rows(
            """SELECT c.* FROM match_candidates c
               JOIN persons a ON a.id = c.person_a JOIN persons b ON b.id = c.person_b
               WHERE :first IN (a.name, b.name) AND :second IN (a.name, b.name)
                 AND a.born_on = :born""",
            first=self.first.name,
            second=self.second.name,
            born=date.fromisoformat(self.first.born),
        )
        assert len(rows) == 1, (self.first.name, rows)
        return dict(rows[0]._mapping)


def someone(name: str, born: str, **more: Any) -> Someone:
    father = {**PARENTS, "nama_ayah": f"AYAH {name.split()[-1]}"}
    return Someone(name=name, born=born, extra=father, **more)


async def match(registry: Registry, *regions: str) -> None:
    """Compare these regions now, as the worker would."""
    async with registry.engine.begin() as tx:
        for region in regions:
            await ask_matching(tx, ASKER, region, wait_s=0)
    async with registry.engine.begin() as tx:
        await tx.execute(text("UPDATE jobs SET leased_until = NULL WHERE kind = 'matching.run'"))
    while await run_next(registry.engine, match_works(registry.settings)):
        pass


SPELLED = {
    "decided": ("MUHAMMAD YUSUF LINGGAU", "M. JUSUP LINGGAU", "1971-02-03"),
    "undone": ("SITI FATIMAH TOWENG", "ST FATIMA TOWENG", "1972-03-04"),
    "raced": ("YOHANES BAGAU SAMPIT", "JOHANES BAGAU SAMPIT", "1973-04-05"),
    "refused": ("NOOR HALIMAH KASONGAN", "NUR HALIMAH KASONGAN", "1974-05-06"),
    "enrolled": ("DJARAU TANDANG RUNGAN", "JARAU TANDANG RUNGAN", "1975-06-07"),
}


ENROLLED = (
    """INSERT INTO beneficiary_lists (id, programme_id, cycle_id, region_code, state, subjects,
                                      proposed_by, proposed_by_name)
       SELECT :list, programme_id, id, '62.03.01.1006', 'returned', 1, 'a', 'A'
       FROM cycles WHERE id = CAST(:cycle AS uuid)""",
    """INSERT INTO enrolments (list_id, household_id, programme_id, cycle_id, region_code,
                               decision_id)
       SELECT :list, p.household_id, c.programme_id, c.id, '62.03.01.1006', :id
       FROM persons p, cycles c WHERE p.id = :person AND c.id = CAST(:cycle AS uuid)""",
)


@pytest.fixture(scope="module")
async def doubles(registry: Registry) -> dict[str, Double]:
    """A village whose file names people twice, and another that names one of them again."""
    village, other = "62.03.01.1006", "62.03.02.1001"
    found = {
        case: Double(someone(first, born), someone(second, born, nik="", relation="9"), village)
        for case, (first, second, born) in SPELLED.items()
    }
    for double in found.values():
        double.second.extra = double.first.extra
    apart = someone("KRISTINA BAWI MANDAU", "1976-07-08")
    twin = someone("KRISTIANTO BAWI MANDAU", "1976-07-08", kk=apart.kk, relation="4", sex="1")
    alone = someone("PANGKUH DEHEN TEWAH", "1977-08-09")
    assert alone.nik is not None
    mistyped = f"{alone.nik[:14]}{alone.nik[15]}{alone.nik[14]}"
    if mistyped == alone.nik:
        mistyped = f"{alone.nik[:15]}{(int(alone.nik[15]) + 1) % 10}"
    again = someone(alone.name, alone.born, nik=mistyped)
    again.extra = alone.extra
    found["elsewhere"] = Double(alone, again, village, other)
    here = [person for one in found.values() for person in (one.first, one.second)]
    here = [person for person in here if person is not again]
    await registry.committed(csv_bytes_with_parents([*here, apart, twin]), region=village)
    await registry.committed(csv_bytes_with_parents([again]), region=other)
    await match(registry, village, other)
    return found


def csv_bytes_with_parents(people: list[Someone]) -> bytes:
    """A file with the columns of parents beside the usual ones."""
    text = csv_bytes(people).decode().splitlines()
    lines = [f"{text[0]},nama_ayah,nama_ibu"]
    lines += [
        f"{line},{person.extra['nama_ayah']},{person.extra['nama_ibu']}"
        for line, person in zip(text[1:], people, strict=True)
    ]
    return "\r\n".join([*lines, ""]).encode()


async def decide(
    registry: Registry, pair: dict[str, Any], outcome: str, **more: Any
) -> tuple[int, dict[str, Any]]:
    headers = more.pop("headers", None) or verifier("62.03")
    answer = await registry.client.post(
        f"/v1/matches/{pair['id']}/decision", json={"outcome": outcome, **more}, headers=headers
    )
    return answer.status_code, answer.json()


async def keep_of(registry: Registry, pair: dict[str, Any]) -> str:
    shown = await registry.client.get(f"/v1/matches/{pair['id']}", headers=verifier("62.03"))
    assert shown.status_code == 200, shown.text
    return str(shown.json()["keep"])


async def open_flags(registry: Registry, person_id: Any) -> list[Any]:
    return await registry.rows(
        "SELECT kind, severity FROM flags WHERE subject_id = :id AND cleared_at IS NULL",
        id=person_id,
    )


async def test_spellings_of_one_person_are_found_and_twins_are_not(
    registry: Registry, doubles: dict[str, Double]
) -> None:
    pair = await doubles["decided"].pair(registry)
    assert pair["evidence"]["birth"] == "same"
    assert pair["evidence"]["nik"] == "unknown"
    twins = await registry.value(
        """SELECT count(*) FROM match_candidates c
           JOIN persons p ON p.id IN (c.person_a, c.person_b) WHERE p.name LIKE '%BAWI MANDAU'"""
    )
    assert twins == 0


async def test_a_nik_that_was_typed_wrong_in_another_village_is_named_by_its_rule(
    registry: Registry, doubles: dict[str, Double]
) -> None:
    pair = await doubles["elsewhere"].pair(registry)
    assert pair["rule"] in {"nik_mistyped", "same_parents"}
    assert pair["evidence"]["nik"] == "typed"
    assert pair["strength"] == "high"


async def test_nobody_is_joined_by_the_machine_and_both_are_flagged_until_it_is_decided(
    registry: Registry, doubles: dict[str, Double]
) -> None:
    pair = await doubles["decided"].pair(registry)
    people = (pair["person_a"], pair["person_b"])
    for person in people:
        assert [one.kind for one in await open_flags(registry, person)] == ["possible_duplicate"]
    assert (
        await registry.value(
            "SELECT count(*) FROM persons WHERE id = ANY(:ids) AND merged_into IS NOT NULL",
            ids=list(people),
        )
        == 0
    )
    status, said = await decide(registry, pair, "different", reason="Sepupu, keduanya hadir.")
    assert (status, said["state"]) == (200, "different")
    for person in people:
        assert await open_flags(registry, person) == []
    await match(registry, doubles["decided"].village)
    assert (await doubles["decided"].pair(registry))["state"] == "different"


async def test_an_undone_merge_leaves_everything_as_it_was(
    registry: Registry, doubles: dict[str, Double]
) -> None:
    pair = await doubles["undone"].pair(registry)
    keep = await keep_of(registry, pair)
    closed = next(one for one in (pair["person_a"], pair["person_b"]) if str(one) != keep)
    fact = """INSERT INTO facts (household_id, subject_id, code, value, period, valid_from,
                                 valid_to, source, import_id)
              SELECT household_id, id, 'roster.blt_dd', 'yes', '2026', '2026-01-01', '2026-12-31',
                     'Uji', import_id FROM persons WHERE id = :id"""
    async with registry.engine.begin() as tx:
        await tx.execute(text(fact), {"id": closed})
    before = await state_of(registry, closed)
    status, _ = await decide(registry, pair, "same", keep=keep)
    assert status == 200
    merged = await state_of(registry, closed)
    assert merged["person"][0] == "merged"
    assert merged["facts"] == []
    assert [one[0] for one in (await state_of(registry, keep))["facts"]] == ["roster.blt_dd"]
    members = await registry.client.get(
        f"/v1/households/{before['person'][2]}", headers=operator("62.03")
    )
    assert str(closed) not in {one["id"] for one in members.json()["members"]}
    empty = "SELECT count(*) FROM flags WHERE subject_id = :id AND cleared_at IS NULL"
    assert await registry.value(empty, id=before["person"][2]) == 1
    again = await registry.staged(
        csv_bytes_with_parents([doubles["undone"].second]), region=doubles["undone"].village
    )
    told = await registry.errors_of(again["id"])
    assert [error["code"] for row in told.values() for error in row] == ["person_merged"]
    undo = await registry.client.post(
        f"/v1/matches/{pair['id']}/undo",
        json={"reason": "Ternyata saudara sepupunya."},
        headers=verifier("62.03"),
    )
    assert undo.status_code == 200, undo.text
    assert await state_of(registry, closed) == before
    assert await registry.value(empty, id=before["person"][2]) == 0
    assert (await doubles["undone"].pair(registry))["state"] == "open"
    assert len(await open_flags(registry, closed)) == 1


async def state_of(registry: Registry, person_id: Any) -> dict[str, Any]:
    person = await registry.rows(
        "SELECT status, relation, household_id, merged_into, name, nik_index FROM persons "
        "WHERE id = :id",
        id=person_id,
    )
    facts = await registry.rows(
        "SELECT code, value, household_id, source, recorded_at FROM facts WHERE subject_id = :id",
        id=person_id,
    )
    return {"person": tuple(person[0]), "facts": [tuple(one) for one in facts]}


async def test_of_two_reviewers_at_once_one_decides_and_the_other_is_told(
    registry: Registry, doubles: dict[str, Double]
) -> None:
    pair = await doubles["raced"].pair(registry)
    keep = await keep_of(registry, pair)
    answers = await asyncio.gather(
        decide(registry, pair, "same", keep=keep, headers=verifier("62.03", subject="satu")),
        decide(registry, pair, "different", headers=verifier("62.03", subject="dua")),
    )
    assert sorted(status for status, _ in answers) == [200, 409]
    assert next(said for status, said in answers if status == 409)["code"] == "pair_decided"
    merges = await registry.value(
        "SELECT count(*) FROM merges WHERE candidate_id = :id", id=pair["id"]
    )
    assert merges == (1 if answers[0][0] == 200 else 0)


async def test_a_pair_is_for_someone_who_covers_both_sides(
    registry: Registry, doubles: dict[str, Double]
) -> None:
    pair = await doubles["elsewhere"].pair(registry)
    status, said = await decide(registry, pair, "different", headers=verifier("62.03.01"))
    assert (status, said["code"]) == (403, "outside_your_regions")
    waiting = await registry.client.get("/v1/matches", headers=verifier("62.03.01"))
    assert str(pair["id"]) not in {one["id"] for one in waiting.json()["pairs"]}
    seen = await registry.client.get(f"/matches/{pair['id']}", headers=verifier("62.03.02"))
    assert seen.status_code == 403
    nobody = await registry.client.get("/v1/matches", headers=approver("62"))
    assert nobody.status_code == 403


async def test_the_record_with_the_nik_is_kept(
    registry: Registry, doubles: dict[str, Double]
) -> None:
    pair = await doubles["refused"].pair(registry)
    keep = await keep_of(registry, pair)
    other = next(str(one) for one in (pair["person_a"], pair["person_b"]) if str(one) != keep)
    status, said = await decide(registry, pair, "same", keep=other)
    assert (status, said["code"]) == (409, "keep_the_one_with_nik")
    status, said = await decide(registry, pair, "same", keep=str(new_id()))
    assert (status, said["code"]) == (422, "invalid_input")


async def test_a_member_is_not_taken_from_an_enrolled_family(
    registry: Registry, doubles: dict[str, Double], cycle_id: str
) -> None:
    pair = await doubles["enrolled"].pair(registry)
    keep = await keep_of(registry, pair)
    closed = next(one for one in (pair["person_a"], pair["person_b"]) if str(one) != keep)
    async with registry.engine.begin() as tx:
        list_id = new_id()
        values = {"list": list_id, "person": closed, "cycle": cycle_id, "id": new_id()}
        for statement in ENROLLED:
            await tx.execute(text(statement), values)
    status, said = await decide(registry, pair, "same", keep=keep)
    assert (status, said["code"]) == (409, "merge_enrolled_family")


async def test_a_person_at_the_desk_who_may_be_known_is_added_only_with_a_reason(
    registry: Registry,
) -> None:
    village = a_village()
    known = Someone(name="BERTHA LAMIANG PULANG", born="1988-01-19")
    await registry.committed(csv_bytes([known, Someone(kk=a_kk())]), region=village)
    staff = operator(village)
    found = await registry.client.post(
        "/v1/persons/similar",
        json={"region_code": village, "name": "berta lamiang", "born_on": "1988-01-19"},
        headers=staff,
    )
    assert [one["name"] for one in found.json()["persons"]] == [known.name]
    home = found.json()["persons"][0]["household_id"]
    form = {
        "id": str(new_id()),
        "name": "BERTA LAMIANG PULANG",
        "sex": "F",
        "born_on": "1988-01-19",
        "relation": "other_family",
    }
    page = await registry.client.post(f"/households/{home}/persons", data=form, headers=staff)
    assert page.status_code == 409
    assert known.name in page.text
    reason = {"reason": "Saudara kembar, keduanya hadir."}
    for _ in range(2):
        added = await registry.client.post(
            f"/v1/households/{home}/persons", json={**form, **reason}, headers=staff
        )
        assert added.status_code == 201, added.text
    again = await registry.client.post(
        f"/v1/households/{home}/persons",
        json={**form, **reason, "name": "ORANG LAIN"},
        headers=staff,
    )
    assert again.json()["code"] == "id_reused"
    taken = {**form, **reason, "id": str(new_id()), "name": "LAIN SEKALI", "nik": known.nik}
    refused = await registry.client.post(
        f"/v1/households/{home}/persons", json=taken, headers=staff
    )
    assert refused.json()["code"] == "nik_known"
    assert str(known.nik) not in refused.text


async def test_the_day_of_birth_of_someone_elsewhere_is_not_told(registry: Registry) -> None:
    village, far = a_village(), "62.71.01.1001"
    known = Someone(name="AGUSTINA RAMBANG", born="1991-11-02")
    await registry.committed(csv_bytes([known]), region=village)
    found = await registry.client.post(
        "/v1/persons/similar",
        json={"region_code": far, "name": known.name, "born_on": known.born},
        headers=operator(far),
    )
    assert found.json() == {"persons": []}
