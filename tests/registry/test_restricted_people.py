"""Whose data may not be used is named on no page and in no answer, whichever room it belongs to."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text
from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.lists import propose, ready_village

from common.clock import utc_now
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
        "/flags",
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
