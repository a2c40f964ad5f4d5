"""What an account, a terminal or one request has touched in a service since a moment.

`python -m common.audit_seen SERVICE --since 2026-07-29T08:00+07:00 --actor ID [--csv FILE]`

For a breach notice (UU 27/2022 art. 46) in any of the three services. It reads the audit log only:
subjects by their ids, no personal data. The registry has more: `python -m registry.cli seen`.
"""

import asyncio
import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import RowMapping, text

from common.clock import utc_now
from common.database import BULK_STATEMENT_TIMEOUT_S, new_engine
from common.settings import ServerSettings

COLUMNS = ("subject_type", "subject_id", "region_code", "times", "first_at", "last_at", "actions")
TOUCHED = text("""
    SELECT subject_type, subject_id, min(region_code) AS region_code, count(*) AS times,
           min(at) AS first_at, max(at) AS last_at,
           string_agg(DISTINCT action, ' ' ORDER BY action) AS actions
    FROM audit_log
    WHERE at BETWEEN :since AND :until
      AND (CAST(:actor AS text) IS NULL OR actor = :actor)
      AND (CAST(:request AS text) IS NULL OR request_id = :request)
    GROUP BY subject_type, subject_id ORDER BY subject_type, times DESC, subject_id
""")


async def touched(service: str, values: dict[str, object]) -> Sequence[RowMapping]:
    """Return the subjects that were touched, how often, when and how."""
    engine = new_engine(
        ServerSettings().database_url,
        application_name=f"{service} audit",
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
    )
    try:
        async with engine.begin() as tx:
            return (await tx.execute(TOUCHED, values)).mappings().all()
    finally:
        await engine.dispose()


def main(
    service: str,
    since: Annotated[str, typer.Option(help="from when; without a zone it is UTC")],
    until: Annotated[str, typer.Option(help="until when; now when left out")] = "",
    actor: Annotated[str, typer.Option(help="the actor's id in the audit log")] = "",
    request: Annotated[str, typer.Option(help="the id of one request")] = "",
    csv_file: Annotated[Path | None, typer.Option("--csv", help="where to write them")] = None,
) -> None:
    """List what an account, a terminal or one request has touched in SERVICE."""
    if bool(actor) == bool(request):
        raise typer.BadParameter("name an actor or a request")
    values: dict[str, object] = {
        "since": _moment(since),
        "until": _moment(until) if until else utc_now(),
        "actor": actor or None,
        "request": request or None,
    }
    rows = asyncio.run(touched(service, values))
    for row in rows:
        typer.echo(
            f"{row['times']:6} x {row['subject_type']} {row['subject_id']}: {row['actions']}"
        )
    typer.echo(f"{len(rows)} subjects of {service}")
    if csv_file is not None:
        with csv_file.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(dict(row) for row in rows)


def _moment(given: str) -> datetime:
    moment = datetime.fromisoformat(given)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    typer.run(main)
