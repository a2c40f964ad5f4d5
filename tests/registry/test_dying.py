"""A commit that is repeated, killed, overtaken or always fails: whole or not at all."""

import asyncio
import contextlib

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.registry.conftest import Registry, operator
from tests.registry.files import Someone, a_village, csv_bytes
from tests.registry.test_committing import PEOPLE

from registry.intake.commit import COMMIT_JOB
from registry.jobs.run import Job, Work, run_next
from registry.people import merge_queries
from registry.worker import import_works


async def as_worker(registry: Registry, engine, job: Job) -> None:
    await import_works(registry.settings)[COMMIT_JOB].act(engine, job)


async def test_one_file_uploaded_and_committed_twice_at_once_has_one_effect(
    registry: Registry,
) -> None:
    village = a_village()
    content = csv_bytes([Someone(name=f"ORANG {letter}") for letter in "ABCDEFGH"])
    uploads = await asyncio.gather(*(registry.upload(content, region=village) for _ in range(2)))
    await asyncio.gather(registry.do_jobs(), registry.do_jobs())
    ids = [answer.json()["id"] for answer in uploads]
    commits = await asyncio.gather(
        *(
            registry.client.post(f"/v1/imports/{one}/commit", headers=operator(village))
            for one in ids * 3
        )
    )
    assert {answer.status_code for answer in commits} == {202}
    await asyncio.gather(registry.do_jobs(), registry.do_jobs(), registry.do_jobs())
    states = {(await registry.import_of(one, village))["state"] for one in ids}
    assert states == {"committed"}
    assert len(await registry.rows(PEOPLE, v=village)) == 8


async def test_a_commit_that_dies_leaves_nothing_and_is_done_by_the_next_worker(
    registry: Registry,
) -> None:
    village = a_village()
    batch = await registry.staged(csv_bytes([Someone(), Someone()]), region=village)
    await registry.client.post(f"/v1/imports/{batch['id']}/commit", headers=operator(village))

    async def killed_at_the_end(engine, job: Job) -> None:
        class Killed(Job):
            async def finish(self, tx) -> None:
                # Everything is written but not committed: the backend dies, as with kill -9.
                with contextlib.suppress(DBAPIError):
                    await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
                raise asyncio.CancelledError

        dying = Killed(**{name: getattr(job, name) for name in Job.__slots__})
        await as_worker(registry, engine, dying)

    with pytest.raises(asyncio.CancelledError):
        await run_next(registry.engine, {COMMIT_JOB: Work(killed_at_the_end)})
    assert await registry.rows(PEOPLE, v=village) == []
    assert (await registry.import_of(batch["id"], village))["state"] == "committing"
    assert not await run_next(registry.engine, import_works(registry.settings))
    async with registry.engine.begin() as tx:
        await tx.execute(
            text("UPDATE jobs SET leased_until = now() WHERE subject_id = :s"),
            {"s": batch["id"]},
        )
    await registry.do_jobs()
    assert (await registry.import_of(batch["id"], village))["state"] == "committed"
    assert len(await registry.rows(PEOPLE, v=village)) == 2


async def test_a_worker_that_lost_its_lease_writes_nothing(registry: Registry) -> None:
    village = a_village()
    batch = await registry.staged(csv_bytes([Someone()]), region=village)
    await registry.client.post(f"/v1/imports/{batch['id']}/commit", headers=operator(village))

    async def overtaken(engine, job: Job) -> None:
        async with engine.begin() as tx:
            await tx.execute(
                text("UPDATE jobs SET lease_token = uuidv7(), leased_until = now() WHERE id = :i"),
                {"i": job.id},
            )
        await as_worker(registry, engine, job)

    assert await run_next(registry.engine, {COMMIT_JOB: Work(overtaken)})
    assert await registry.rows(PEOPLE, v=village) == []
    await registry.do_jobs()
    assert len(await registry.rows(PEOPLE, v=village)) == 1


async def test_a_commit_that_keeps_failing_ends_as_a_stated_failure(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    village = a_village()
    batch = await registry.staged(csv_bytes([Someone()]), region=village)
    await registry.client.post(f"/v1/imports/{batch['id']}/commit", headers=operator(village))
    monkeypatch.setattr(merge_queries, "NEW_HOUSEHOLDS", (text("SELECT 1/0"),))
    for _ in range(4):
        await registry.do_jobs()
        async with registry.engine.begin() as tx:
            await tx.execute(
                text("UPDATE jobs SET leased_until = NULL WHERE subject_id = :s"),
                {"s": batch["id"]},
            )
    assert (await registry.import_of(batch["id"], village))["state"] == "staged"
    job = await registry.rows(
        "SELECT state, failure_code FROM jobs WHERE subject_id = :s AND kind = :k",
        s=batch["id"],
        k=COMMIT_JOB,
    )
    assert [(one.state, one.failure_code) for one in job] == [("failed", "job_failed")]
    assert await registry.rows(PEOPLE, v=village) == []
