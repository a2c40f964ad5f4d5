"""What the commands of the service do about personal data."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from common.clock import utc_now
from common.database import BULK_STATEMENT_TIMEOUT_S, new_engine
from registry.accounts.notes import command
from registry.privacy import retention
from registry.privacy.seen import FILE_ROWS_MAX, Culprit, as_csv, by_login, seen
from registry.settings import Settings

Show = Callable[[str], None]


def _engine(settings: Settings, name: str) -> AsyncEngine:
    return new_engine(
        settings.database_url,
        application_name=f"registry {name}",
        pool_size=1,
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
    )


async def apply_retention(settings: Settings, show: Show, *, is_dry: bool) -> None:
    """Show what is over its time, or do away with it in batches."""
    engine = _engine(settings, "retention")
    try:
        if is_dry:
            for one in await retention.dry_run(engine, utc_now()):
                rule = one.rule
                show(f"{rule['record_kind']}: {one.records} before {one.before:%Y-%m-%d}")
                show(f"    {rule['legal_basis']}")
            show("nothing was changed")
        else:
            done = await retention.apply(engine, command("retention"), utc_now())
            for kind, records in done.items():
                show(f"{kind}: {records} done away with")
    finally:
        await engine.dispose()


async def list_seen(settings: Settings, show: Show, culprit: Culprit, file: Path | None) -> None:
    """Show whose data an account or a request has seen; with `file`, write the families there."""
    engine = _engine(settings, "seen")
    try:
        async with engine.begin() as tx:
            culprit = await by_login(tx, culprit)
            found = await seen(tx, command("seen"), culprit, rows=FILE_ROWS_MAX)
    finally:
        await engine.dispose()
    show(f"{found.families} families, at most, between {culprit.since} and {culprit.until}")
    for row in found.sets:
        show(f"    {row['looks']} x {row['action']} {row['subject_type']} {row['subject_id']}")
    if file is not None:
        await asyncio.to_thread(file.write_text, as_csv(found.rows), "utf-8")
        show(f"written to {file}")


def moment(text: str) -> datetime:
    """Read a moment of a command line; without a zone it is UTC."""
    given = datetime.fromisoformat(text)
    return given if given.tzinfo else given.replace(tzinfo=UTC)
