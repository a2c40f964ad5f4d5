"""What committing a file changes, and what it never does."""

from datetime import date

from tests.registry.conftest import Registry, operator
from tests.registry.files import Someone, a_kk, a_nik, a_village, csv_bytes, roster_xlsx

PEOPLE = """
    SELECT p.name, p.birth_place, p.status, p.version, p.household_id,
           p.nik_index IS NOT NULL AS nik
    FROM persons p JOIN households h ON h.id = p.household_id WHERE h.region_code = :v
    ORDER BY p.name
"""
EVERYTHING = """
    SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM households),
           (SELECT count(*) FROM person_versions), (SELECT count(*) FROM facts),
           (SELECT count(*) FROM roster_loads), (SELECT max(recorded_at) FROM persons),
           (SELECT count(*) FROM decisions)
"""


async def test_the_same_file_twice_changes_nothing(registry: Registry) -> None:
    village = a_village()
    people = [Someone(), Someone(nik=""), Someone(status="2")]
    await registry.committed(csv_bytes(people), region=village)
    roster = roster_xlsx("PKH", [(people[0].kk, people[0].nik or "")])
    await registry.committed(roster, region=village, name="pkh.xlsx")
    before = await registry.rows(EVERYTHING)
    batch = await registry.committed(csv_bytes(people), region=village)
    again = await registry.committed(roster, region=village, name="pkh.xlsx")
    assert (batch["counts"]["new"], batch["counts"]["unchanged"]) == (0, 3)
    assert (again["counts"]["new"], again["counts"]["unchanged"]) == (0, 1)
    assert await registry.rows(EVERYTHING) == before


async def test_empty_cells_never_erase(registry: Registry) -> None:
    village = a_village()
    someone = Someone(name="TETAP")
    await registry.committed(csv_bytes([someone]), region=village)
    empty = Someone(
        name="TETAP",
        kk=someone.kk,
        nik="",
        extra={
            "tempatlahir": "",
            "alamat": "",
            "dusun": "",
            "rt": "",
            "rw": "",
            "status_kawin": "",
        },
    )
    batch = await registry.committed(csv_bytes([empty]), region=village)
    assert batch["counts"]["unchanged"] == 1
    (person,) = await registry.rows(PEOPLE, v=village)
    assert (person.birth_place, person.nik) == ("KAPUAS", True)


async def test_a_change_keeps_what_was_there_before_with_its_file(registry: Registry) -> None:
    village = a_village()
    someone = Someone(name="SITI")
    first = await registry.committed(csv_bytes([someone]), region=village)
    changed = Someone(name="SITI AMINAH", kk=someone.kk, nik=someone.nik, status="2")
    batch = await registry.committed(csv_bytes([changed]), region=village)
    assert batch["counts"]["changed"] == 1
    (person,) = await registry.rows(PEOPLE, v=village)
    assert (person.name, person.status, person.version) == ("SITI AMINAH", "dead", 2)
    (old,) = await registry.rows(
        "SELECT values ->> 'name' AS name, values ->> 'status' AS status, import_id"
        " FROM person_versions WHERE household_id = :h",
        h=person.household_id,
    )
    assert (old.name, old.status, str(old.import_id)) == ("SITI", "alive", first["id"])


async def test_a_nik_that_arrives_later_belongs_to_the_same_person(registry: Registry) -> None:
    village = a_village()
    kk = a_kk()
    await registry.committed(csv_bytes([Someone(name="BAYI", kk=kk, nik="")]), region=village)
    batch = await registry.committed(csv_bytes([Someone(name="BAYI", kk=kk)]), region=village)
    assert batch["counts"]["changed"] == 1
    (person,) = await registry.rows(PEOPLE, v=village)
    assert (person.nik, person.version) == (True, 2)


async def test_a_person_or_card_of_a_village_that_is_not_the_clerks_is_an_error(
    registry: Registry,
) -> None:
    here, there = a_village(), a_village()
    someone = Someone()
    await registry.committed(csv_bytes([someone]), region=here)
    moved = Someone(nik=someone.nik)
    same_card = Someone(kk=someone.kk)
    batch = await registry.staged(csv_bytes([moved, same_card]), region=there)
    errors = await registry.errors_of(batch["id"], there)
    assert errors[2][0]["code"] == "nik_in_other_village"
    assert errors[2][0]["cell"] == "G2"
    assert errors[3][0]["code"] == "kk_in_other_village"
    assert errors[3][0]["cell"] == "F3"


async def test_right_rows_are_written_and_wrong_rows_stay_listed(registry: Registry) -> None:
    village = a_village()
    batch = await registry.committed(csv_bytes([Someone(), Someone(nik="1")]), region=village)
    assert batch["state"] == "committed"
    assert len(await registry.rows(PEOPLE, v=village)) == 1
    assert list(await registry.errors_of(batch["id"], village)) == [3]


async def test_nothing_right_means_nothing_to_commit(registry: Registry) -> None:
    village = a_village()
    batch = await registry.staged(csv_bytes([Someone(nik="1")]), region=village)
    answer = await registry.client.post(
        f"/v1/imports/{batch['id']}/commit", headers=operator(village)
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_commit")


async def test_a_file_set_aside_is_not_committed(registry: Registry) -> None:
    village = a_village()
    batch = await registry.staged(csv_bytes([Someone()]), region=village)
    path = f"/v1/imports/{batch['id']}"
    aside = await registry.client.post(f"{path}/withdraw", headers=operator(village))
    assert aside.json()["state"] == "withdrawn"
    answer = await registry.client.post(f"{path}/commit", headers=operator(village))
    assert answer.json()["code"] == "import_not_ready"


async def test_who_left_a_roster_is_no_longer_on_it(registry: Registry) -> None:
    village = a_village()
    people = [Someone(), Someone()]
    await registry.committed(csv_bytes(people), region=village)
    both = [(one.kk, one.nik or "") for one in people]
    await registry.committed(roster_xlsx("PKH", both), region=village, name="a.xlsx")
    await registry.committed(roster_xlsx("PKH", both[:1]), region=village, name="b.xlsx")
    values = await registry.rows(
        "SELECT f.value FROM facts f JOIN households h ON h.id = f.household_id"
        " WHERE h.region_code = :v ORDER BY f.id",
        v=village,
    )
    assert [one.value for one in values] == ["yes", "yes", "no"]


async def test_numbers_are_sealed_at_rest_also_while_staged(registry: Registry) -> None:
    village = a_village()
    nik = a_nik(date(1980, 5, 17), woman=True)
    someone = Someone(nik=nik)
    await registry.committed(csv_bytes([someone]), region=village)
    for table in ("persons", "households", "staged_rows", "import_pieces", "audit_log", "jobs"):
        rows = await registry.rows(f"SELECT t::text AS line FROM {table} t")  # noqa: S608
        for number in (nik, someone.kk):
            assert not any(number in row.line for row in rows), table
            assert not any(number.encode().hex() in row.line for row in rows), table


async def test_a_nik_copied_from_somebody_changes_nobody_and_flags_whose_it_is(
    registry: Registry,
) -> None:
    village = a_village()
    owner = Someone(name="RUSDIANA", born="1980-05-17")
    await registry.committed(csv_bytes([owner]), region=village)
    wrong = Someone(name="ANDREAS KANTAN", born="1991-02-03", sex="1", nik=owner.nik)
    respelled = Someone(name="RUSDIANNA", kk=owner.kk, nik=owner.nik, born=owner.born)
    batch = await registry.committed(csv_bytes([wrong, Someone()]), region=village)
    errors = await registry.errors_of(batch["id"])
    assert [one["code"] for one in errors[2]] == ["nik_of_another"]
    assert [row.name for row in await registry.rows(PEOPLE, v=village)] == [
        "RUSDIANA",
        "SITI AMINAH",
    ]
    flags = "SELECT kind, severity FROM flags WHERE region_code = :v AND kind = 'same_nik_twice'"
    assert [tuple(row) for row in await registry.rows(flags, v=village)] == [
        ("same_nik_twice", "blocking")
    ]
    # A name that is spelt otherwise, on the same birth date, is still the same person.
    again = await registry.staged(csv_bytes([respelled]), region=village)
    assert (again["counts"]["errors"], again["counts"]["changed"]) == (0, 1)
