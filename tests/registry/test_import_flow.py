"""A file's way beyond one village and one person: many villages, moves, confirming, undoing."""

import asyncio
import contextlib
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.registry.conftest import Registry, operator, verifier
from tests.registry.files import Someone, a_village, csv_bytes, roster_xlsx

from common.ids import new_id
from registry.intake import readers
from registry.intake.undo import UNDO_JOB
from registry.jobs.run import Job, Work, run_next
from registry.worker import import_works

STATE = """
    SELECT p.id, p.household_id, h.region_code, p.name, p.status, p.birth_place, p.nik_index,
           h.address_index, p.import_id
    FROM persons p JOIN households h ON h.id = p.household_id
    WHERE h.region_code = ANY (:v) ORDER BY p.id
"""
FACTS = """
    SELECT f.id, f.value FROM facts f JOIN households h ON h.id = f.household_id
    WHERE h.region_code = ANY (:v) ORDER BY f.id
"""


def many_villages(rows: list[tuple[str, Someone]]) -> bytes:
    header, *lines = csv_bytes(person for _, person in rows).decode().splitlines()
    coded = [f"{code},{line}" for (code, _), line in zip(rows, lines, strict=True)]
    return "\r\n".join([f"kode_desa,{header}", *coded, ""]).encode()


async def post(registry: Registry, path: str, headers: dict[str, str], **body: Any) -> Any:
    return await registry.client.post(path, headers=headers, json=body or None)


async def staged_by(
    registry: Registry, content: bytes, region: str, headers: dict[str, str]
) -> Any:
    answer = await registry.upload(content, region=region, headers=headers)
    assert answer.status_code == 202, answer.text
    await registry.do_jobs()
    return await registry.import_of(answer.json()["id"])


async def undone(registry: Registry, import_id: str, who: dict[str, str]) -> Any:
    answer = await post(registry, f"/v1/imports/{import_id}/undo", who, reason="salah unggah")
    assert answer.status_code == 202, answer.text
    await registry.do_jobs()
    return await registry.import_of(import_id)


async def test_one_file_may_hold_many_villages_each_row_in_its_own(registry: Registry) -> None:
    here, there = a_village(), a_village()
    a, b = Someone(name="DI SINI"), Someone(name="DI SANA")
    twice = Someone(name="DUA DESA", kk=a.kk)
    content = many_villages([(here, a), (there, b), (there, twice), ("62.99.99.9999", Someone())])
    batch = await registry.committed(content, region="62")
    assert batch["villages"] == sorted([here, there])
    rows = await registry.rows(STATE, v=[here, there])
    assert {(row.name, row.region_code) for row in rows} == {("DI SINI", here), ("DI SANA", there)}
    errors = await registry.errors_of(batch["id"])
    assert [errors[row][0]["code"] for row in (4, 5)] == [
        "kk_in_two_villages",
        "village_code_unknown",
    ]


async def test_a_move_is_proposed_and_another_person_confirms_it(registry: Registry) -> None:
    here, there = a_village(), a_village()
    someone, stays = Someone(name="PINDAH"), Someone(name="TINGGAL")
    await registry.committed(csv_bytes([someone, stays]), region=here)
    moved = Someone(name="PINDAH", nik=someone.nik)
    asking = verifier("62", subject="first")
    batch = await staged_by(registry, csv_bytes([moved]), there, asking)
    assert (batch["counts"]["changed"], batch["counts"]["moves"]) == (1, 1)
    path = f"/v1/imports/{batch['id']}"
    shown = await registry.client.get(f"{path}/changes", headers=asking)
    fields = {one["field"]: one for one in shown.json()["rows"][0]["differences"]}
    assert (fields["village"]["before"], fields["village"]["after"]) == (here, there)
    asked = await post(registry, f"{path}/commit", asking)
    assert asked.json()["state"] == "confirming"
    page = await registry.client.get(f"/imports/{batch['id']}", headers=asking)
    assert "1 baris memindahkan orang dari desa lain." in page.text
    own = await post(registry, f"{path}/confirmation", asking)
    assert (own.status_code, own.json()["code"]) == (409, "second_person_needed")
    narrow = await post(registry, f"{path}/confirmation", operator(there))
    assert narrow.status_code == 403
    assert await registry.rows(STATE, v=[there]) == []
    other = await post(registry, f"{path}/confirmation", verifier("62", subject="second"))
    again = await post(registry, f"{path}/confirmation", verifier("62", subject="second"))
    assert (other.status_code, again.json()["state"]) == (202, "committing")
    await registry.do_jobs()
    (row,) = await registry.rows(STATE, v=[there])
    assert row.name == "PINDAH"
    assert [row.name for row in await registry.rows(STATE, v=[here])] == ["TINGGAL"]


async def test_many_changed_people_need_a_second_person_few_do_not(registry: Registry) -> None:
    village = a_village()
    people = [Someone(name=f"WARGA {letter}") for letter in "ABC" * 20]
    await registry.committed(csv_bytes(people), region=village)
    few = [Someone(name="LAIN", kk=one.kk, nik=one.nik) for one in people[:5]]
    batch = await registry.committed(csv_bytes(few + people[5:]), region=village)
    assert (batch["state"], batch["counts"]["changed"]) == ("committed", 5)
    many = [Someone(name="BARU", kk=one.kk, nik=one.nik) for one in people]
    batch = await registry.committed(csv_bytes(many), region=village)
    assert batch["state"] == "confirming"
    assert batch["second_reasons"][0]["code"] == "many_changed"
    absent = await registry.committed(csv_bytes([people[0]]), region=village)
    assert absent["second_reasons"][0]["code"] == "many_missing"
    listed = await registry.client.get(
        f"/v1/imports/{absent['id']}/missing", headers=operator(village)
    )
    assert len(listed.json()["rows"]) == 50
    assert listed.json()["next"]


async def test_undoing_restores_exactly_what_was_and_a_new_upload_starts_afresh(
    registry: Registry,
) -> None:
    village = a_village()
    stays, changes = Someone(name="TETAP"), Someone(name="LAMA")
    await registry.committed(csv_bytes([stays, changes]), region=village)
    before = await registry.rows(STATE, v=[village])
    new = Someone(name="BARU")
    changed = Someone(
        name="GANTI", kk=changes.kk, nik=changes.nik, status="2", extra={"alamat": "Jl. Baru 9"}
    )
    joins = Someone(name="IKUT", kk=stays.kk, relation="4")
    content = csv_bytes([stays, changed, new, joins])
    batch = await registry.committed(content, region=village)
    roster = await registry.committed(
        roster_xlsx("PKH", [(stays.kk, stays.nik or "")]), region=village, name="pkh.xlsx"
    )
    assert len(await registry.rows(FACTS, v=[village])) == 1
    by = verifier("62", subject="undoer")
    assert (await undone(registry, roster["id"], by))["state"] == "undone"
    assert await registry.rows(FACTS, v=[village]) == []
    assert (await undone(registry, batch["id"], by))["state"] == "undone"
    assert await registry.rows(STATE, v=[village]) == before
    kept = await registry.value(
        "SELECT count(*) FROM person_versions WHERE import_id = :i", i=batch["id"]
    )
    assert kept == 3
    again = await registry.committed(content, region=village)
    assert (again["counts"]["new"], again["counts"]["changed"]) == (2, 1)


async def test_undoing_is_refused_to_its_committer_and_while_something_builds_on_it(
    registry: Registry,
) -> None:
    village = a_village()
    people = [Someone(), Someone()]
    batch = await registry.staged(csv_bytes(people), region=village)
    committer = operator(village, subject="committer")
    await post(registry, f"/v1/imports/{batch['id']}/commit", committer)
    await registry.do_jobs()
    path = f"/v1/imports/{batch['id']}/undo"
    own = await post(registry, path, committer, reason="x")
    assert own.json()["code"] == "second_person_needed"
    later = await registry.committed(csv_bytes(people), region=village, name="kemudian.csv")
    other = operator(village, subject="other")
    refused = await post(registry, path, other, reason="x")
    assert (refused.status_code, refused.json()["code"]) == (409, "import_built_upon")
    assert "kemudian.csv" in refused.text
    await undone(registry, later["id"], other)
    assert (await post(registry, path, other, reason=" ")).json()["code"] == "reason_needed"
    assert (await undone(registry, batch["id"], other))["state"] == "undone"
    assert await registry.rows(STATE, v=[village]) == []


async def test_an_undo_that_dies_leaves_the_file_whole_and_is_done_by_the_next_worker(
    registry: Registry,
) -> None:
    village = a_village()
    batch = await registry.committed(csv_bytes([Someone(), Someone()]), region=village)
    answer = await post(
        registry, f"/v1/imports/{batch['id']}/undo", verifier("62", subject="u"), reason="salah"
    )
    assert answer.status_code == 202
    undo = import_works(registry.settings)[UNDO_JOB]

    async def killed_at_the_end(engine: Any, job: Job) -> None:
        class Killed(Job):
            async def finish(self, tx: Any) -> None:
                with contextlib.suppress(DBAPIError):
                    await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
                raise asyncio.CancelledError

        await undo.act(engine, Killed(**{name: getattr(job, name) for name in Job.__slots__}))

    with pytest.raises(asyncio.CancelledError):
        await run_next(registry.engine, {UNDO_JOB: Work(killed_at_the_end)})
    assert len(await registry.rows(STATE, v=[village])) == 2
    async with registry.engine.begin() as tx:
        again = "UPDATE jobs SET leased_until = now() WHERE subject_id = :s AND kind = :k"
        await tx.execute(text(again), {"s": batch["id"], "k": UNDO_JOB})
    await registry.do_jobs()
    assert await registry.rows(STATE, v=[village]) == []
    assert (await registry.import_of(batch["id"]))["state"] == "undone"


async def test_rows_that_a_crash_has_emptied_are_read_again_from_the_sealed_file(
    registry: Registry,
) -> None:
    village = a_village()
    batch = await registry.staged(csv_bytes([Someone(), Someone(nik="1")]), region=village)
    async with registry.engine.begin() as tx:
        await tx.execute(text("DELETE FROM staged_rows WHERE import_id = :i"), {"i": batch["id"]})
    await post(registry, f"/v1/imports/{batch['id']}/commit", operator(village))
    await registry.do_jobs()
    after = await registry.import_of(batch["id"], village)
    assert (after["state"], after["counts"]["new"], after["counts"]["errors"]) == (
        "committed",
        1,
        1,
    )


async def test_a_file_read_by_several_processes_is_read_like_by_one(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    villages = [a_village(), a_village()]
    people = [Someone(name=f"ORANG {number % 7}X", nik="") for number in range(4100)]
    for person in people:
        person.name = person.name.replace("0", "A").translate(str.maketrans("123456", "BCDEFG"))
    # A family whose members stand far apart, read by different processes, and a double of one.
    people[4050].kk = people[3].kk
    people[4060] = Someone(name=people[5].name, kk=people[5].kk, nik="")
    content = many_villages([(villages[0], one) for one in people])
    alone = await registry.staged(content, region="62")
    monkeypatch.setattr(readers, "LARGE_BYTES", 1)
    shared = await registry.staged(content, region="62")
    assert shared["counts"] == alone["counts"]
    assert (shared["counts"]["rows"], shared["counts"]["errors"]) == (4100, 1)
    errors = await registry.errors_of(shared["id"])
    assert errors[4062][0]["other_row"] == 7
    cards = """
        SELECT count(*) FILTER (WHERE kk_sealed IS NOT NULL) AS sealed,
               count(DISTINCT household_id) AS families
        FROM staged_rows WHERE import_id = :i AND errors = '[]'
    """
    (row,) = await registry.rows(cards, i=shared["id"])
    assert row.sealed == row.families == 4098


async def test_a_reader_that_refuses_says_so_from_its_process(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "LARGE_BYTES", 1)
    batch = await registry.staged(csv_bytes([Someone()]), region="62", name="tanpa-desa.csv")
    assert (batch["state"], batch["failure"]["code"]) == ("refused", "village_needed")


async def test_a_file_of_others_shows_nothing_of_its_changes(registry: Registry) -> None:
    village, elsewhere = a_village(), a_village()
    batch = await registry.staged(csv_bytes([Someone()]), region=village)
    for what in ("changes", "missing"):
        answer = await registry.client.get(
            f"/v1/imports/{batch['id']}/{what}", headers=operator(elsewhere)
        )
        assert answer.status_code == 403
    nobody = await post(
        registry, f"/v1/imports/{new_id()}/undo", verifier("62"), reason="tidak ada"
    )
    assert nobody.status_code == 404


async def test_two_gigabytes_are_refused_while_they_come_not_after(registry: Registry) -> None:
    sent = 0

    async def endless() -> Any:
        nonlocal sent
        yield b'--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
        piece = b"0" * (8 * 1024 * 1024)
        while sent < 2 * 1024**3:
            sent += len(piece)
            yield piece

    headers = {**operator("62"), "content-type": "multipart/form-data; boundary=x"}
    answer = await registry.client.post("/v1/imports", headers=headers, content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert sent < 300 * 1024**2
