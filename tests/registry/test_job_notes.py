"""What the worker's log says about a job that could not be done."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import CapturingLogger
from tests.registry.conftest import Registry

from common.auth.principal import Principal
from common.ids import new_id
from registry.jobs import run
from registry.jobs.request import request

NUMBER = "6203010101900001"


async def test_the_log_of_a_failed_job_has_no_words_of_the_database(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stumble(engine: AsyncEngine, job: run.Job) -> None:
        async with engine.begin() as tx:
            await job.begin(tx)
            await tx.execute(text(f"SELECT CAST('x {NUMBER}' AS int)"))

    kind, seen = f"test.{new_id()}", CapturingLogger()
    monkeypatch.setattr(run, "log", seen)
    person = Principal("someone", "Seseorang", frozenset(), frozenset())
    async with registry.engine.begin() as tx:
        await request(tx, person, kind, new_id())
    assert await run.run_next(registry.engine, {kind: run.Work(stumble)})
    (call,) = seen.calls
    assert call.kwargs["step"] == kind
    assert "22P02" in call.kwargs["error"]
    assert NUMBER not in repr(call)
