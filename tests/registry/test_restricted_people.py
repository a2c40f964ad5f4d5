"""Whose data may not be used is named on no page and in no answer, whichever room it belongs to."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.files import Someone, a_kk, a_village, csv_bytes
from tests.registry.lists import propose, ready_village

from common.clock import utc_now
from common.ids import new_id
from common.web.formats import in_wib

HIDDEN, SHOWN = "KEPALA B", "KEPALA A"
LIVED_THERE = text("""
    INSERT INTO person_versions (person_id, version, household_id, values, import_id, recorded_at,
                                 replaced_at)
    SELECT id, version, household_id,
           jsonb_build_object('name', name, 'sex', sex, 'relation', relation, 'status', status),
           import_id, now() - interval '3 days', now() - interval '1 day'
    FROM persons WHERE id = :p
""")
KNOWN_FOR_LONG = text("UPDATE households SET recorded_at = now() - interval '4 days' WHERE id = :h")
MOVED = text("UPDATE persons SET household_id = :to, version = version + 1 WHERE id = :p")


PAIR = text("""
    INSERT INTO match_candidates (id, person_a, person_b, region_a, region_b, rule, weight,
                                  strength, evidence, run_id)
    VALUES (:id, least(CAST(:a AS uuid), CAST(:b AS uuid)),
            greatest(CAST(:a AS uuid), CAST(:b AS uuid)), :ra, :rb, 'model', 9, 'high',
            '{"name": "same", "birth": "same", "sex": "same", "place": "same", "nik": "unknown",
              "father": "unknown", "mother": "unknown", "region": "different"}', :id)
""")
RESTRICTED_FAMILY = text("""
    INSERT INTO flags (id, subject_kind, subject_id, household_id, region_code, kind, severity,
                       source, source_on, raised_by, raised_by_name)
    VALUES (uuidv7(), 'household', :h, :h, :v, 'restricted', 'blocking', 'uji', '2026-11-01',
            'uji', 'Uji')
""")


async def restrict(registry: Registry, name: str, village: str) -> Any:
    """Restrict the head of this name; their family's id."""
    async with registry.engine.begin() as tx:
        found = await tx.execute(
            text("""
                INSERT INTO flags (id, subject_kind, subject_id, household_id, region_code, kind,
                                   severity, source, source_on, raised_by, raised_by_name)
                SELECT uuidv7(), 'person', p.id, p.household_id, h.region_code, 'restricted',
                       'blocking', 'uji', '2026-11-01', 'uji', 'Uji'
                FROM persons p JOIN households h ON h.id = p.household_id
                WHERE p.name = :name AND h.region_code = :village RETURNING household_id
            """),
            {"name": name, "village": village},
        )
    return found.scalar_one()


async def test_a_restricted_head_is_named_nowhere_around_a_list(
    registry: Registry, cycle_id: str
) -> None:
    village = await ready_village(registry, cycle_id)
    one = (await propose(registry, cycle_id, village)).json()["id"]
    drawn = await registry.client.post(f"/v1/lists/{one}/sample", headers=verifier())
    assert drawn.status_code == 201, drawn.text
    family = await restrict(registry, HIDDEN, village)
    naming = [
        f"/v1/lists/{one}/members",
        f"/lists/{one}",
        f"/lists/{one}/visits",
        f"/decisions?cycle={cycle_id}&region={village}",
        f"/v1/cycles/{cycle_id}/decisions?region_code={village}",
    ]
    about = [
        f"/lists/{one}/strike/{family}",
        f"/lists/{one}/visits/{family}",
        f"/households/{family}",
        f"/households/{family}/history",
        f"/households/{family}/try",
        f"/flags?region={village}",
    ]
    for path in naming + about:
        answer = await registry.client.get(path, headers=verifier())
        assert answer.status_code == 200, (path, answer.text)
        assert HIDDEN not in answer.text, path
        assert path in about or SHOWN in answer.text, path


async def test_a_restricted_head_is_named_in_no_form_about_the_family(
    registry: Registry, cycle_id: str
) -> None:
    village = await ready_village(registry, cycle_id)
    family = await restrict(registry, HIDDEN, village)
    for path in (
        f"/changes/new?household_id={family}",
        f"/changes/new/person_died?household_id={family}",
        f"/changes/new/kk_changed?household_id={family}",
        f"/objections/new?household_id={family}",
        f"/households/{family}/persons/new",
    ):
        answer = await registry.client.get(path, headers=operator(village))
        assert answer.status_code == 200, (path, answer.text)
        assert HIDDEN not in answer.text, path


async def test_a_restricted_head_is_named_on_no_letter(registry: Registry, cycle_id: str) -> None:
    village = await ready_village(registry, cycle_id)
    family = await restrict(registry, HIDDEN, village)
    decision = await registry.value(
        "SELECT decision_id FROM current_decisions WHERE household_id = :h", h=family
    )
    path = f"/households/{family}/decisions/{decision}/letter"
    issued = await registry.client.post(path, headers=verifier())
    assert issued.status_code in {200, 303}, issued.text
    letter = await registry.client.get(path, headers=approver())
    assert letter.status_code == 200, letter.text
    assert HIDDEN not in letter.text


async def test_who_is_restricted_is_not_in_the_history_of_the_family_they_left(
    registry: Registry, cycle_id: str
) -> None:
    village = await ready_village(registry, cycle_id)
    left, joined = [
        await registry.value(
            "SELECT household_id FROM persons p JOIN households h ON h.id = p.household_id"
            " WHERE p.name = :n AND h.region_code = :v",
            n=name,
            v=village,
        )
        for name in (HIDDEN, SHOWN)
    ]
    person = await registry.value("SELECT id FROM persons WHERE household_id = :h", h=left)
    async with registry.engine.begin() as tx:
        await tx.execute(KNOWN_FOR_LONG, {"h": left})
        await tx.execute(LIVED_THERE, {"p": person})
        await tx.execute(MOVED, {"to": joined, "p": person})
    path = f"/households/{left}/history?day={in_wib(utc_now()).date() - timedelta(days=2)}"
    assert HIDDEN in (await registry.client.get(path, headers=operator(village))).text
    await restrict(registry, HIDDEN, village)
    assert HIDDEN not in (await registry.client.get(path, headers=operator(village))).text


async def test_a_restricted_family_is_in_no_pair_and_no_other_village_is_named(
    registry: Registry, cycle_id: str
) -> None:
    here, there = await ready_village(registry, cycle_id), await ready_village(registry, cycle_id)
    people = {
        (row.region_code, row.name): row
        for row in await registry.rows(
            "SELECT p.id, p.name, p.household_id, h.region_code FROM persons p"
            " JOIN households h ON h.id = p.household_id WHERE h.region_code IN (:a, :b)",
            a=here,
            b=there,
        )
    }
    mine, other = people[here, "KEPALA A"], people[there, "KEPALA C"]
    pair = new_id()
    async with registry.engine.begin() as tx:
        await tx.execute(PAIR, {"id": pair, "a": mine.id, "b": other.id, "ra": here, "rb": there})
    page = f"/households/{mine.household_id}"
    shown = await registry.client.get(page, headers=operator(here))
    assert "data ganda" in shown.text
    assert "KEPALA C" not in shown.text
    both = await registry.client.get(f"/matches/{pair}", headers=verifier())
    assert both.status_code == 200
    async with registry.engine.begin() as tx:
        await tx.execute(RESTRICTED_FAMILY, {"h": other.household_id, "v": there})
    for path in (f"/matches/{pair}", f"/v1/matches/{pair}"):
        assert (await registry.client.get(path, headers=verifier())).status_code == 404
    decided = await registry.client.post(
        f"/v1/matches/{pair}/decision",
        json={"outcome": "same", "keep": str(mine.id)},
        headers=verifier(),
    )
    assert decided.status_code == 404, decided.text
    assert await registry.value("SELECT status FROM persons WHERE id = :p", p=other.id) == "alive"


async def test_a_file_shows_nothing_that_is_known_of_a_restricted_person(
    registry: Registry,
) -> None:
    village = a_village()
    first, second = Someone(name=SHOWN), Someone(name=HIDDEN, born="1961-07-08")
    await registry.committed(csv_bytes([first, second]), region=village)
    await restrict(registry, HIDDEN, village)
    renamed = Someone(name="KEPALA LAIN", nik=second.nik, kk=second.kk, born="1962-07-08")
    changed = await registry.staged(csv_bytes([renamed]), region=village)
    shown = await registry.client.get(
        f"/imports/{changed['id']}/changes", headers=operator(village)
    )
    assert "KEPALA LAIN" in shown.text
    assert "1961" not in shown.text
    assert HIDDEN not in shown.text
    without = await registry.staged(csv_bytes([first]), region=village)
    missing = await registry.client.get(
        f"/imports/{without['id']}/missing", headers=operator(village)
    )
    assert "data dibatasi" in missing.text
    assert HIDDEN not in missing.text


async def test_a_number_that_is_typed_as_a_reason_is_not_kept_in_the_log(
    registry: Registry,
) -> None:
    family = Someone(name=SHOWN)
    village, subject = a_village(), f"penulis-{new_id()}"
    batch = await registry.committed(csv_bytes([family]), region=village)
    answer = await registry.client.post(
        f"/v1/imports/{batch['id']}/undo",
        json={"reason": f"salah orang {family.nik}, minta diulang"},
        headers=operator(village, subject=subject),
    )
    assert answer.status_code == 202, answer.text
    await registry.do_jobs()
    kept = await registry.value(
        "SELECT details ->> 'reason' FROM audit_log WHERE actor = :s AND action = 'import.undo'",
        s=subject,
    )
    assert kept == "salah orang [16 digit], minta diulang"


async def test_a_family_of_another_village_is_not_told_by_joining_it(
    registry: Registry,
) -> None:
    mine, other = Someone(name=SHOWN), Someone(name=HIDDEN)
    here, there = a_village(), a_village()
    await registry.committed(csv_bytes([mine]), region=here)
    await registry.committed(csv_bytes([other]), region=there)
    family = await registry.value(
        "SELECT household_id FROM persons p JOIN households h ON h.id = p.household_id"
        " WHERE h.region_code = :v",
        v=here,
    )
    form = {
        "id": str(new_id()),
        "household_id": str(family),
        "kind": "merge",
        "happened_on": in_wib(utc_now()).date().isoformat(),
        "reason": "Bergabung menurut keluarga",
        "evidence_kind": "family_card",
        "other_kk": str(other.kk),
    }
    said = []
    for kk in (str(other.kk), a_kk()):
        sent = {**form, "other_kk": kk}
        answer = await registry.client.post("/changes/preview", data=sent, headers=operator(here))
        said.append(answer.status_code)
        assert HIDDEN not in answer.text
    assert said[0] == said[1] == 422, "elsewhere is answered like nowhere"
