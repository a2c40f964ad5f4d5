"""/livez, /readyz and /metrics: is it up, can it work, how is it doing."""

import asyncio
import time
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Depends, Request
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.datastructures import State
from starlette.responses import JSONResponse, Response

from common import clock, dead_letters, outbox, tables
from common.auth.principal import public

DATABASE_MAX_S = 1.0
BROKER_AGE_MAX_S = 15.0
# Of a process beside worker and API, such as the signer of cards.
PROCESS_AGE_MAX_S = 15.0
OUTBOX_AGE_MAX_S = 60.0
CLOCK_DRIFT_MAX_S = 2.0

OUTBOX_AGE = Gauge("outbox_oldest_seconds", "Age of the oldest event not yet sent.")
DEAD_LETTERS = Gauge("dead_letters_waiting", "Messages nobody has decided about.")
READY = Gauge("ready", "1 when every check of /readyz passes.")

_beats = tables.worker_heartbeats.c
SELECT_BEATS = select(_beats.worker, _beats.beat_at, _beats.broker_round_trip_at)
SELECT_VERSION = text("SELECT version_num, clock_timestamp() FROM alembic_version")

router = APIRouter(dependencies=[Depends(public("health is asked by machines that have no login"))])
Check = dict[str, Any]


@router.get("/livez", include_in_schema=False)
async def get_livez() -> dict[str, str]:
    """Say that the process runs. It asks nothing else: an outage must not restart everything."""
    return {"status": "ok"}


@router.get("/readyz", include_in_schema=False)
async def get_readyz(request: Request) -> JSONResponse:
    """Check database, broker round trip, outbox age, migrations and clock; 503 when one fails."""
    checks = await checks_of(request)
    ready = all(check["ok"] for check in checks.values())
    READY.set(ready)
    return JSONResponse(
        {"status": "ok" if ready else "failing", "checks": checks},
        status_code=200 if ready else 503,
    )


@router.get("/metrics", include_in_schema=False)
async def get_metrics(request: Request) -> Response:
    """Return this process's metrics for Prometheus."""
    checks = await checks_of(request)
    READY.set(all(check["ok"] for check in checks.values()))
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def checks_of(request: Request) -> dict[str, Check]:
    """Run every check; the database's answer also carries the worker's and the outbox's."""
    started = time.monotonic()
    try:
        async with (
            asyncio.timeout(DATABASE_MAX_S),
            request.app.state.engine.connect() as connection,
        ):
            found = await _ask(connection, request.app.state)
    except Exception as error:  # noqa: BLE001 - whatever is wrong, the answer is "not ready"
        return {"database": {"ok": False, "error": type(error).__name__}}
    took_s = round(time.monotonic() - started, 3)
    return {"database": {"ok": True, "seconds": took_s}, **found}


async def _ask(connection: AsyncConnection, state: State) -> dict[str, Check]:
    head = state.migration_head
    version, database_now = (await connection.execute(SELECT_VERSION)).one()
    drift_s = abs((clock.utc_now() - database_now).total_seconds())
    beats = {row.worker: row for row in await connection.execute(SELECT_BEATS)}
    broker_age_s = _age_s(beats["events"].broker_round_trip_at) if "events" in beats else None
    outbox_age_s = await outbox.oldest_unsent_age_s(connection)
    OUTBOX_AGE.set(outbox_age_s)
    DEAD_LETTERS.set(await dead_letters.waiting(connection))
    return {
        "migrations": {"ok": version == head, "at": version, "head": head},
        "broker": {
            "ok": broker_age_s is not None and broker_age_s < BROKER_AGE_MAX_S,
            "round_trip_age_s": broker_age_s,
        },
        "outbox": {"ok": outbox_age_s < OUTBOX_AGE_MAX_S, "oldest_s": outbox_age_s},
        "clock": {"ok": drift_s < CLOCK_DRIFT_MAX_S, "drift_s": round(drift_s, 3)},
        **{
            name: _beating(beats[name].beat_at if name in beats else None)
            for name in getattr(state, "processes", ())
        },
    }


def _beating(beat_at: datetime | None) -> Check:
    age_s = _age_s(beat_at)
    return {"ok": age_s is not None and age_s < PROCESS_AGE_MAX_S, "beat_age_s": age_s}


def _age_s(moment: datetime | None) -> float | None:
    return (clock.utc_now() - moment).total_seconds() if moment else None
