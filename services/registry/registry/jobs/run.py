"""Doing jobs: one at a time, under a lease that a heartbeat keeps, each in one transaction.

A worker that dies leaves a lease that runs out; the next one starts the job anew. The effect of a
job and its being done are one commit, and that commit fails for a worker that lost its lease.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common.auth.principal import Principal
from common.database import is_database_away
from common.delivery import in_short
from common.ids import new_id
from common.problems import Refused
from registry.jobs import queries

LEASE_S = 30.0
HEARTBEAT_S = 2.0
IDLE_POLL_S = 0.25
AWAY_WAIT_S = 1.0
RETRY_WAIT_S = 1.0
ATTEMPTS_MAX = 4
# Longer than a request may: a job computes between its statements and waits its turn for a village.
JOB_TRANSACTION_LIMITS = (
    text("SET LOCAL idle_in_transaction_session_timeout = '300s'"),
    text("SET LOCAL lock_timeout = '120s'"),
)

log = structlog.get_logger()


class LeaseLost(Exception):
    """Another worker has this job now; nothing that was done here may stay."""


@dataclass(slots=True)
class Job:
    """A job in the hands of this worker. `done` and `total` are shown to whoever waits for it."""

    id: UUID
    kind: str
    subject_id: UUID
    arguments: dict[str, Any]
    requested_by: str
    requested_by_name: str
    attempts: int
    token: UUID
    done: int = field(default=0)
    total: int = field(default=0)

    @property
    def caller(self) -> Principal:
        """Who asked for it, as the audit log names a person; without any permission."""
        return Principal(self.requested_by, self.requested_by_name, frozenset(), frozenset())

    async def begin(self, tx: AsyncConnection) -> None:
        """Give this transaction the limits of a job."""
        for limit in JOB_TRANSACTION_LIMITS:
            await tx.execute(limit)

    async def finish(self, tx: AsyncConnection) -> None:
        """Mark the job done in the transaction of its effect; raises LeaseLost."""
        marked = await tx.execute(queries.FINISH, {"job_id": self.id, "token": self.token})
        if marked.rowcount != 1:
            raise LeaseLost(str(self.id))


Act = Callable[[AsyncEngine, Job], Awaitable[None]]
Failed = Callable[[AsyncConnection, Job, str, Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Work:
    """What a kind of job does, and what is noted about its subject when it can't be done."""

    act: Act
    failed: Failed | None = None


async def run_forever(engine: AsyncEngine, works: Mapping[str, Work]) -> None:
    """Do the jobs of these kinds until cancelled."""
    while True:
        try:
            found = await run_next(engine, works)
        except Exception as error:
            if not is_database_away(error):
                raise
            log.warning("jobs wait for the database", error=type(error).__name__)
            await asyncio.sleep(AWAY_WAIT_S)
            continue
        if not found:
            await asyncio.sleep(IDLE_POLL_S)


async def run_next(engine: AsyncEngine, works: Mapping[str, Work]) -> bool:
    """Do the job that has waited longest; return False when none waits."""
    token = new_id()
    async with engine.begin() as tx:
        claim = {"kinds": list(works), "token": token, "lease_s": LEASE_S}
        row = (await tx.execute(queries.CLAIM, claim)).mappings().one_or_none()
    if row is None:
        return False
    job = Job(**row, token=token)
    work = works[job.kind]
    beating = asyncio.create_task(_heartbeat(engine, job))
    try:
        await work.act(engine, job)
    except Refused as refusal:
        await _fail(engine, job, work, refusal.code, refusal.facts)
    except LeaseLost:
        log.warning("job lost its lease", step=job.kind, attempt=job.attempts)
    except Exception as error:
        if is_database_away(error):
            raise
        await _retry(engine, job, work, error)
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
    return True


async def _heartbeat(engine: AsyncEngine, job: Job) -> None:
    while True:
        await asyncio.sleep(HEARTBEAT_S)
        beat = {"id": job.id, "token": job.token, "done": job.done, "total": job.total}
        try:
            async with engine.begin() as tx:
                await tx.execute(queries.EXTEND, {**beat, "lease_s": LEASE_S})
        except Exception as error:
            if not is_database_away(error):
                raise


async def _retry(engine: AsyncEngine, job: Job, work: Work, error: Exception) -> None:
    log.warning(
        "job not done",
        step=job.kind,
        attempt=job.attempts,
        # Without the database's words: they show the values of the row it refused.
        error=in_short(error),
    )
    if job.attempts >= ATTEMPTS_MAX:
        await _fail(engine, job, work, "job_failed", {})
        return
    async with engine.begin() as tx:
        wait = {"id": job.id, "token": job.token, "wait_s": RETRY_WAIT_S * job.attempts}
        await tx.execute(queries.RETRY_LATER, wait)


async def _fail(
    engine: AsyncEngine, job: Job, work: Work, code: str, facts: Mapping[str, Any]
) -> None:
    async with engine.begin() as tx:
        marked = await tx.execute(
            queries.FAIL,
            {"job_id": job.id, "token": job.token, "code": code, "facts": dict(facts)},
        )
        if marked.rowcount == 1 and work.failed is not None:
            await work.failed(tx, job, code, facts)
