"""What is over its time goes, in batches, and what a dry run shows is what would go."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from tests.registry.conftest import Registry
from tests.registry.privacy import Family, a_family, answered, ask, officer

from common.clock import utc_now
from common.ids import new_id
from registry.accounts.notes import command
from registry.privacy import commands, retention

OLD = "now() - interval '12 years'"


async def make(registry: Registry, sql: str, **values: Any) -> None:
    async with registry.engine.begin() as tx:
        await tx.execute(text(sql), values)


async def an_old_dead_head(registry: Registry, *, paid: bool = False) -> Family:
    family = await a_family(registry)
    await make(
        registry,
        f"UPDATE persons SET status = 'dead', recorded_at = {OLD} WHERE id = :p",  # noqa: S608
        p=family.head_id,
    )
    if paid:
        await make(
            registry,
            "INSERT INTO household_redemptions (redemption_id, household_id, redeemed_at)"
            " VALUES (:i, :h, now() - interval '1 year')",
            i=new_id(),
            h=family.household,
        )
    return family


async def name_of(registry: Registry, person: str) -> str:
    return str(await registry.value("SELECT name FROM persons WHERE id = :p", p=person))


async def due(registry: Registry) -> dict[str, int]:
    found = await retention.dry_run(registry.engine, utc_now())
    return {one.rule["record_kind"]: one.records for one in found}


async def test_a_dry_run_changes_nothing_and_applying_does_what_it_said(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # More than one batch of each kind.
    monkeypatch.setattr(retention, "BATCH_ROWS", 1)
    gone = [await an_old_dead_head(registry) for _ in range(2)]
    paid = await an_old_dead_head(registry, paid=True)
    living = await a_family(registry)
    request = await ask(registry, living, "copy")
    await answered(registry, request)
    await make(
        registry,
        f"UPDATE subject_requests SET decided_at = {OLD} WHERE id = :r",  # noqa: S608
        r=request,
    )
    import_id = await registry.value(
        "SELECT import_id FROM persons WHERE id = :p", p=living.head_id
    )
    await make(
        registry,
        f"UPDATE import_batches SET committed_at = {OLD} WHERE id = :i",  # noqa: S608
        i=import_id,
    )
    said: list[str] = []
    await commands.apply_retention(registry.settings, said.append, is_dry=True)
    assert said[-1] == "nothing was changed"
    before = await due(registry)
    assert before["persons_without_payment"] >= 2
    assert before["staged_rows"] >= 2
    assert before["import_files"] >= 1
    assert [await name_of(registry, one.head_id) for one in gone] == ["NORMA KAMELOH"] * 2
    done = await retention.apply(registry.engine, command("retention"), utc_now())
    assert done == before
    assert set((await due(registry)).values()) == {0}
    assert [await name_of(registry, one.head_id) for one in gone] == ["", ""]
    assert await name_of(registry, gone[0].child_id) == "ANAK RAHASIA"
    assert await name_of(registry, paid.head_id) == "NORMA KAMELOH"
    (row,) = await registry.rows(
        "SELECT requester, outcome_reason, state FROM subject_requests WHERE id = :r", r=request
    )
    assert (row.requester, row.state) == ("", "done")
    assert row.outcome_reason
    left = await registry.value(
        "SELECT count(*) FROM import_pieces WHERE import_id = :i", i=import_id
    )
    assert left == 0
    kept = await registry.value("SELECT file_name FROM import_batches WHERE id = :i", i=import_id)
    assert kept == "penduduk.csv"
    notes = await registry.rows(
        "SELECT subject_id, details FROM audit_log WHERE action = 'retention.applied'"
    )
    assert {"persons_without_payment", "staged_rows"} <= {row.subject_id for row in notes}
    stone = await registry.value(
        "SELECT record_kind FROM tombstones WHERE subject_id = :p", p=gone[0].head_id
    )
    assert stone == "persons_without_payment"


async def test_older_values_go_only_with_a_tombstone(registry: Registry) -> None:
    family = await a_family(registry)
    await make(
        registry,
        "INSERT INTO person_versions (person_id, version, household_id, values, import_id,"
        " recorded_at) SELECT id, 0, household_id, CAST(:v AS jsonb), import_id, now()"
        " FROM persons WHERE id = :p",
        p=family.head_id,
        v=json.dumps({"name": "LAMA", "status": "alive"}),
    )
    with pytest.raises(Exception, match="append-only"):
        await make(registry, "DELETE FROM person_versions WHERE person_id = :p", p=family.head_id)
    with pytest.raises(Exception, match="append-only"):
        await make(registry, "DELETE FROM tombstones")


async def test_the_page_of_rules_counts_what_is_over_its_time(registry: Registry) -> None:
    await an_old_dead_head(registry)
    page = await registry.client.get("/personal-data/retention", headers=officer())
    assert "UU 43/2009" in page.text
