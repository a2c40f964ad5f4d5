"""An approval: exactly what was signed, once, with its events or not at all."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import RowMapping, text
from sqlalchemy.exc import DBAPIError
from tests.registry.conftest import Registry, approver
from tests.registry.lists import (
    DECREE,
    approve,
    propose,
    state_of,
    verified_list,
)

from common.ids import new_id
from registry.enrolment import publish
from registry.enrolment.approve import APPROVE_JOB, budget_of
from registry.jobs.run import run_next
from registry.worker import list_works


async def test_an_approver_signs_what_was_shown(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id)
    stale = await approve(registry, one, content_hash="0" * 64)
    assert (stale.status_code, stale.json()["code"]) == (409, "list_changed")
    nameless = await approve(registry, one, decree_number=" ")
    assert nameless.json()["code"] == "decree_missing"
    future = await approve(registry, one, decree_on="2199-01-01")
    assert future.json()["code"] == "decree_missing"


async def test_families_changed_after_signing_are_never_enrolled(
    registry: Registry, cycle_id: str
) -> None:
    one = await verified_list(registry, cycle_id)
    assert (await approve(registry, one)).status_code == 202
    async with registry.engine.begin() as tx:
        await tx.execute(
            text(
                "DELETE FROM list_members WHERE list_id = :i AND household_id ="
                " (SELECT max(household_id::text)::uuid FROM list_members WHERE list_id = :i)"
            ),
            {"i": one["id"]},
        )
    await registry.do_jobs()
    assert await state_of(registry, one["id"]) == "verified"
    assert (
        await registry.value("SELECT count(*) FROM enrolments WHERE list_id = :i", i=one["id"]) == 0
    )


async def test_two_approvers_at_once_make_one_approval(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id)
    answers = await asyncio.gather(*(approve(registry, one) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 5
    await asyncio.gather(registry.do_jobs(), registry.do_jobs())
    events = await registry.rows(
        "SELECT event_type FROM outbox WHERE subject = :s", s=f"beneficiary_list:{one['id']}"
    )
    assert len(events) == 2
    assert await state_of(registry, one["id"]) == "approved"


async def test_a_repeated_approval_is_one(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id)
    me = approver(subject=str(new_id()))
    first = await approve(registry, one, headers=me)
    await registry.do_jobs()
    again = await approve(registry, one, headers=me)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["state"] == "approved"
    other = await approve(registry, one, headers=me, decree_number="SK-LAIN/2026")
    assert (other.status_code, other.json()["code"]) == (409, "list_approved_already")
    assert DECREE["decree_number"] in other.json()["title"]


async def test_a_family_is_enrolled_once_in_a_cycle(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id)
    await approve(registry, one)
    await registry.do_jobs()
    again = await propose(registry, cycle_id, one["region_code"])
    assert again.json()["code"] == "list_empty"
    async with registry.engine.connect() as connection:
        with pytest.raises(DBAPIError, match="uq_enrolments_once_a_cycle"):
            await connection.execute(
                text(
                    "INSERT INTO enrolments (list_id, household_id, programme_id, cycle_id,"
                    " region_code, decision_id) SELECT list_id, household_id, programme_id,"
                    " cycle_id, region_code, decision_id FROM enrolments WHERE list_id = :i"
                ),
                {"i": one["id"]},
            )


@contextlib.asynccontextmanager
async def ceiling(registry: Registry, cycle_id: str, rupiah: int) -> AsyncIterator[None]:
    """Another ceiling for the cycle that all tests share, and then its own again."""
    change = text("UPDATE cycles SET budget_rupiah = :b WHERE id = :c")
    own = await registry.value("SELECT budget_rupiah FROM cycles WHERE id = :c", c=cycle_id)
    async with registry.engine.begin() as tx:
        await tx.execute(change, {"b": rupiah, "c": cycle_id})
    try:
        yield
    finally:
        async with registry.engine.begin() as tx:
            await tx.execute(change, {"b": own, "c": cycle_id})


async def room_for_one(registry: Registry, one: dict[str, Any]) -> int:
    """A ceiling that the list keeps to, and another list beside it does not."""
    async with registry.engine.connect() as connection:
        budget = await budget_of(connection, cast("RowMapping", {**one, "id": UUID(one["id"])}))
    return budget["used_rupiah"] + budget["list_rupiah"]


@pytest.mark.parametrize("at_once", [False, True])
async def test_lists_signed_but_not_yet_enrolled_count_against_the_ceiling(
    registry: Registry, cycle_id: str, at_once: bool
) -> None:
    lists = [await verified_list(registry, cycle_id) for _ in range(2)]
    async with ceiling(registry, cycle_id, await room_for_one(registry, lists[0])):
        if at_once:
            answers = await asyncio.gather(*(approve(registry, one) for one in lists))
        else:
            answers = [await approve(registry, one) for one in lists]
    assert sorted(answer.status_code for answer in answers) == [202, 409]
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "budget_exceeded"
    await registry.do_jobs()


async def test_a_decree_of_today_is_taken_before_the_day_begins_in_utc(
    registry: Registry, cycle_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await verified_list(registry, cycle_id)
    one_at_night = datetime(2026, 3, 1, 18, tzinfo=UTC)
    monkeypatch.setattr(
        "registry.enrolment.approve.clock", SimpleNamespace(utc_now=lambda: one_at_night)
    )
    page = await registry.client.get(
        f"/lists/{one['id']}", headers={**approver(), "accept": "text/html"}
    )
    assert 'max="2026-03-02"' in page.text
    tomorrow = await approve(registry, one, decree_on="2026-03-03")
    assert tomorrow.json()["code"] == "decree_missing"
    assert (await approve(registry, one, decree_on="2026-03-02")).status_code == 202
    await registry.do_jobs()


async def test_a_list_beyond_the_budget_is_not_approved(registry: Registry, cycle_id: str) -> None:
    one = await verified_list(registry, cycle_id)
    async with ceiling(registry, cycle_id, 1):
        answer = await approve(registry, one)
    assert (answer.status_code, answer.json()["code"]) == (409, "budget_exceeded")
    assert "Rp" in answer.json()["title"]


async def test_batches_are_numbered_whole_and_in_order(
    registry: Registry, cycle_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish, "BATCH_MAX", 2)
    one = await verified_list(registry, cycle_id, families=5)
    await approve(registry, one)
    await registry.do_jobs()
    rows = await registry.rows(
        "SELECT envelope FROM outbox WHERE subject = :s ORDER BY position",
        s=f"beneficiary_list:{one['id']}",
    )
    events = [json.loads(row.envelope) for row in rows]
    assert [event["sequence"] for event in events] == [0, 1, 2, 3]
    assert events[0]["data"]["batches"] == 3
    assert [event["data"]["batch"] for event in events[1:]] == [1, 2, 3]
    households = [
        UUID(member["household_id"])
        for event in events[1:]
        for member in event["data"]["enrolments"]
    ]
    assert len(set(households)) == 5
    assert "KEPALA" not in json.dumps(events)


async def test_an_approval_that_dies_leaves_no_event_and_is_carried_out_later(
    registry: Registry, cycle_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await verified_list(registry, cycle_id)
    await approve(registry, one)

    async def killed(tx, *_rest) -> None:
        with contextlib.suppress(DBAPIError):
            await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(publish, "_tell", killed)
        works = {APPROVE_JOB: list_works(registry.settings)[APPROVE_JOB]}
        with pytest.raises(asyncio.CancelledError):
            await run_next(registry.engine, works)
    subject = f"beneficiary_list:{one['id']}"
    assert await registry.value("SELECT count(*) FROM outbox WHERE subject = :s", s=subject) == 0
    assert await state_of(registry, one["id"]) == "approving"
    async with registry.engine.begin() as tx:
        await tx.execute(
            text("UPDATE jobs SET leased_until = now() WHERE subject_id = :s"), {"s": one["id"]}
        )
    await registry.do_jobs()
    assert await state_of(registry, one["id"]) == "approved"
    assert await registry.value("SELECT count(*) FROM outbox WHERE subject = :s", s=subject) == 2
