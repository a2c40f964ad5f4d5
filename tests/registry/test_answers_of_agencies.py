"""What agencies say about persons: facts with their source, and the flags that they raise."""

from tests.registry.conftest import Registry, operator
from tests.registry.files import Someone, a_village, csv_bytes, population_xlsx, roster_xlsx


async def test_dukcapils_answers_raise_flags_on_persons_once(registry: Registry) -> None:
    village = a_village()
    people = [Someone(name=name) for name in ("SATU", "DUA", "TIGA")]
    await registry.committed(population_xlsx(people), region=village, name="a.xlsx")
    words = ("Cocok", "Meninggal", "NIK tidak ditemukan")
    lines = ["NIK,Hasil", *(f"{one.nik},{word}" for one, word in zip(people, words, strict=True))]
    first = await registry.committed("\n".join(lines).encode(), region=village, name="hasil.csv")
    again = await registry.committed("\n".join(lines).encode(), region=village, name="hasil.csv")
    assert first["layout"] == "dukcapil_match"
    assert (first["counts"]["new"], again["counts"]["unchanged"]) == (3, 3)
    facts = await registry.rows(
        "SELECT p.name, f.value, f.source FROM facts f JOIN persons p ON p.id = f.subject_id"
        " JOIN households h ON h.id = f.household_id"
        " WHERE h.region_code = :v AND f.code = 'dukcapil.match' ORDER BY f.id",
        v=village,
    )
    assert [tuple(row) for row in facts] == [
        ("SATU", "matched", "Dukcapil"),
        ("DUA", "dead", "Dukcapil"),
        ("TIGA", "not_matched", "Dukcapil"),
    ]
    flags = await registry.rows(
        "SELECT p.name, f.kind, f.severity, f.source FROM flags f"
        " JOIN persons p ON p.id = f.subject_id WHERE f.region_code = :v ORDER BY p.name",
        v=village,
    )
    assert [tuple(row) for row in flags] == [
        ("DUA", "dead", "blocking", "Dukcapil"),
        ("TIGA", "not_matched_dukcapil", "notice", "Dukcapil"),
    ]


async def test_a_roster_of_persons_is_about_persons_and_civil_servants_are_flagged(
    registry: Registry,
) -> None:
    village = a_village()
    people = [Someone(name="GURU"), Someone(name="PETANI")]
    await registry.committed(csv_bytes(people), region=village)
    for programme, code in (("Beasiswa Daerah", "scholarship"), ("Daftar ASN", "civil_servant")):
        roster = roster_xlsx(programme, [(str(people[0].nik), str(people[0].nik))], target=1)
        batch = await registry.committed(roster, region=village, name="daftar.xlsx")
        assert batch["counts"]["new"] == 1
        about = await registry.rows(
            "SELECT p.name FROM facts f JOIN persons p ON p.id = f.subject_id"
            " JOIN households h ON h.id = f.household_id"
            " WHERE h.region_code = :v AND f.code = :code",
            v=village,
            code=f"roster.{code}",
        )
        assert [row.name for row in about] == ["GURU"]
    flags = await registry.rows(
        "SELECT kind, severity FROM flags WHERE region_code = :v AND kind <> 'possible_duplicate'",
        v=village,
    )
    assert [tuple(row) for row in flags] == [("civil_servant", "blocking")]


async def test_a_list_of_civil_servants_by_family_is_refused(registry: Registry) -> None:
    batch = await registry.staged(roster_xlsx("Daftar ASN", []), region="62", name="a.xlsx")
    assert batch["failure"]["code"] == "roster_of_persons"


async def test_a_file_of_facts_has_its_page_before_and_after_it_is_saved(
    registry: Registry,
) -> None:
    village, one = a_village(), Someone(name="SATU")
    await registry.committed(population_xlsx([one]), region=village, name="a.xlsx")
    answers = f"NIK,Hasil\n{one.nik},Cocok\n".encode()
    asking = operator(village)
    staged = await registry.staged(answers, region=village, name="hasil.csv")
    before = await registry.client.get(f"/imports/{staged['id']}", headers=asking)
    saved = await registry.committed(answers, region=village, name="hasil.csv")
    after = await registry.client.get(f"/imports/{saved['id']}", headers=asking)
    assert (before.status_code, after.status_code) == (200, 200)
    assert "Simpan 1 baris" in before.text


async def test_what_agencies_change_is_shown_from_and_to_and_many_need_a_second_person(
    registry: Registry,
) -> None:
    village, asking = a_village(), operator("62")
    people = [Someone(name="WARGA") for _ in range(51)]
    await registry.committed(population_xlsx(people), region=village, name="a.xlsx")
    for word in ("Cocok", "NIK tidak ditemukan"):
        lines = ["NIK,Hasil", *(f"{one.nik},{word}" for one in people)]
        batch = await registry.committed("\n".join(lines).encode(), region=village, name="h.csv")
    assert (batch["state"], batch["counts"]["changed"]) == ("confirming", 51)
    page = await registry.client.get(f"/imports/{batch['id']}", headers=asking)
    assert "51 isi yang sudah tercatat menjadi lain." in page.text
    for path in ("", "/changes?change=changed"):
        page = await registry.client.get(f"/imports/{batch['id']}{path}", headers=asking)
        assert "cocok → tidak cocok" in " ".join(page.text.split())
