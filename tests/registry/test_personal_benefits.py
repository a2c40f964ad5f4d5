"""Members of a family with benefits of their own: by age on a day, once in a cycle, told sealed."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from tests.clients import bearer
from tests.registry.conftest import Registry
from tests.registry.files import Someone, a_kk, a_village, csv_bytes
from tests.registry.programmes import a_programme

from common.ids import new_id
from common.sealed import Sealer

PUPILS = """
    INSERT INTO benefits (id, programme_id, code, kind, name_id, name_en, quantity, amount_rupiah,
        partner_kinds, subject, age_from, age_to, ages_on, relations)
    VALUES (:id, :programme, 'school', 'fee', 'Uang sekolah', 'School fee', 1, 700, '{school}',
        'person', 7, 18, '2026-07-15', '{child,grandchild}')
"""


async def told(registry: Registry, list_id: str) -> list[dict[str, Any]]:
    rows = await registry.rows(
        "SELECT envelope FROM outbox WHERE subject = :s ORDER BY position",
        s=f"beneficiary_list:{list_id}",
    )
    return [json.loads(row.envelope) for row in rows]


async def a_family(registry: Registry) -> tuple[str, UUID]:
    """A head, and children who were seven, six, eighteen and nineteen on 15 July 2026."""
    village, kk = a_village(), a_kk()
    births = {
        "TUJUH": "2019-07-15",
        "ENAM": "2019-07-16",
        "DELAPANBELAS": "2007-07-16",
        "SEMBILANBELAS": "2007-07-15",
    }
    people = [Someone(name="KEPALA", kk=kk)]
    people += [Someone(name=name, kk=kk, born=born, relation="4") for name, born in births.items()]
    people.append(Someone(name="MENANTU", kk=kk, born="2010-01-01", relation="5"))
    await registry.committed(csv_bytes(people), region=village)
    row = (await registry.rows("SELECT id FROM households WHERE region_code = :v", v=village))[0]
    return village, row.id


async def test_members_of_the_age_are_told_with_their_benefits_and_a_sealed_name(
    registry: Registry,
):
    programme = await a_programme(registry)
    school = new_id()
    await programme.run(PUPILS, id=school, programme=programme.id)
    village, family = await a_family(registry)
    await programme.decide([family], "eligible")
    one = await programme.approved(village)
    events = await told(registry, one["id"])
    assert events[0]["data"]["cycle"]["budget_rupiah"] == 1_000_000_000
    subjects = {one["code"]: one["subject"] for one in events[0]["data"]["benefits"]}
    assert subjects == {"cash": "household", "care": "household", "school": "person"}
    persons = events[1]["data"]["enrolments"][0]["persons"]
    key = registry.settings.event_sealing_key.get_secret_value()
    opened = [
        Sealer(key).open_json(person["sealed"], f"person:{person['person_id']}")
        for person in persons
    ]
    assert sorted((known["name"], known["birth_year"]) for known in opened) == [
        ("DELAPANBELAS", 2007),
        ("TUJUH", 2019),
    ]
    assert {tuple(person["benefit_ids"]) for person in persons} == {(str(school),)}
    # One family at 1,000 and two pupils at 700.
    assert one["budget"]["list_rupiah"] == 2_400
    assert one["budget"]["left_rupiah"] == 1_000_000_000 - 2_400


async def test_a_pupil_who_moves_to_another_family_has_one_right_in_the_cycle(registry: Registry):
    programme = await a_programme(registry)
    await programme.run(PUPILS, id=new_id(), programme=programme.id)
    (here, first), (there, second) = [await a_family(registry) for _ in range(2)]
    await programme.decide([first, second], "eligible")
    await programme.approved(here)
    await programme.run(
        "UPDATE persons SET household_id = :new WHERE household_id = :old AND name = 'TUJUH'",
        new=second,
        old=first,
    )
    later = await programme.approved(there)
    events = await told(registry, later["id"])
    assert len(events[1]["data"]["enrolments"][0]["persons"]) == 2
    assert later["budget"]["used_rupiah"] == 2 * 1_000 + 4 * 700


async def test_the_owner_adds_a_benefit_of_members_and_sees_it(registry: Registry):
    programme = await a_programme(registry)
    code = await registry.value("SELECT code FROM programmes WHERE id = :p", p=programme.id)
    owner = bearer("programme_owner")
    form = await registry.client.get(f"/programmes/{code}/benefits/new", headers=owner)
    assert form.status_code == 200
    benefit_id = new_id()
    body = {
        "id": str(benefit_id),
        "benefit_code": "kuliah",
        "kind": "balance",
        "name_id": "Saldo kuliah",
        "name_en": "College balance",
        "quantity": "1",
        "amount_rupiah": "2500000",
        "partner_kinds": ["university", "market"],
        "subject": "person",
        "age_from": "18",
        "age_to": "25",
        "ages_on": "2026-08-01",
        "relations": ["child"],
        "goods_categories": "Buku, alat tulis,buku",
    }
    path = f"/programmes/{code}/benefits"
    for _ in range(2):
        sent = await registry.client.post(path, data=body, headers=owner)
        assert sent.status_code == 303, sent.text
    row = (await registry.rows("SELECT * FROM benefits WHERE id = :id", id=benefit_id))[0]
    assert (row.age_from, row.age_to, row.ages_on) == (18, 25, date(2026, 8, 1))
    assert row.goods_categories == ["alat tulis", "buku"]
    other = await registry.client.post(path, data={**body, "age_to": "30"}, headers=owner)
    assert other.json()["code"] == "id_reused"
    taken = await registry.client.post(path, data={**body, "id": str(new_id())}, headers=owner)
    assert taken.json()["code"] == "benefit_code_taken"
    wrong = {**body, "id": str(new_id()), "benefit_code": "lain", "subject": "household"}
    refused = await registry.client.post(path, data=wrong, headers=owner)
    assert refused.json()["code"] == "benefit_members_wrong"
    page = await registry.client.get(f"/programmes/{code}", headers=owner)
    assert "umur 18–25 tahun" in page.text
    assert "alat tulis, buku" in page.text
    verifier = bearer("regency_verifier")
    assert (await registry.client.post(path, data=body, headers=verifier)).status_code == 403
