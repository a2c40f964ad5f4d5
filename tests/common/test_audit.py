"""The audit log can only grow, and its chain shows what a superuser did to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import typer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.common import scenes
from typer.testing import CliRunner

from common import audit, audit_seen
from common.auth.principal import Principal
from common.database import new_engine

SOMEONE = Principal(
    subject="p-1", name="Petugas", roles=frozenset(), permissions=frozenset(), request_id="r-1"
)
ROWS = 6
# The links 4 and 5 change places: each still belongs to a real row.
SWAP = """UPDATE audit_chain SET position = -position WHERE position IN (4, 5);
          UPDATE audit_chain SET position = 9 + position WHERE position < 0"""


@pytest.fixture
async def log(new_database: Callable[[str], str]) -> AsyncIterator[AsyncEngine]:
    """A log of six acts, chained."""
    url = await asyncio.to_thread(new_database, "common")
    engine = new_engine(url, application_name="test")
    async with engine.begin() as tx:
        for number in range(ROWS):
            await audit.record(
                tx,
                SOMEONE,
                "household.read",
                "household",
                number,
                region_code="62.01",
                details={"why": ["sanggah", number], "x": {"b": 1, "a": 1.5}},
            )
    await settle(engine)
    assert await extend(engine) == ROWS
    yield engine
    await engine.dispose()


async def settle(engine: AsyncEngine) -> None:
    """Make all rows old enough for the chain, as time would."""
    await tamper(
        engine,
        "UPDATE audit_log SET at = at - interval '11 seconds'"
        " WHERE id NOT IN (SELECT audit_id FROM audit_chain)",
    )


async def extend(engine: AsyncEngine) -> int:
    async with engine.begin() as tx:
        return await audit.extend_chain(tx)


async def tamper(engine: AsyncEngine, *statements: str) -> None:
    """Change the tables as their owner can, who may switch a trigger off."""
    tables = ("audit_log", "audit_chain")
    await scenes.run(
        engine,
        *(f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in tables),
        *statements,
        *(f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in tables),
    )


async def found(engine: AsyncEngine) -> audit.Finding:
    async with engine.begin() as tx:
        return await audit.verify(tx)


@pytest.mark.parametrize("table", ["audit_log", "audit_chain"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}", "DELETE FROM {} WHERE false"],
)
async def test_no_row_can_be_changed_or_removed(log: AsyncEngine, table: str, statement: str):
    column = "actor" if table == "audit_log" else "position"
    sql = (
        statement.format(table, column, column)
        if "UPDATE" in statement
        else statement.format(table)
    )
    with pytest.raises(DBAPIError, match="append-only"):
        await scenes.run(log, sql)


async def test_an_untouched_chain_holds_and_grows(log: AsyncEngine):
    first = await found(log)
    assert (first.holds, first.length) == (True, ROWS)
    async with log.begin() as tx:
        await audit.record(tx, SOMEONE, "card.blocked", "card", "abc")
    assert await extend(log) == 0, "a row that may still have elder brothers is not chained yet"
    await settle(log)
    assert await extend(log) == 1
    later = await found(log)
    assert (later.holds, later.length) == (True, ROWS + 1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'someone else' WHERE subject_id = '3'",
        "UPDATE audit_log SET details = '{}' WHERE subject_id = '3'",
        "UPDATE audit_log SET at = at + interval '1 microsecond' WHERE subject_id = '3'",
        "UPDATE audit_log SET region_code = NULL WHERE subject_id = '3'",
        "DELETE FROM audit_log WHERE subject_id = '3'",
        "DELETE FROM audit_chain WHERE position = 4",
        "UPDATE audit_chain SET position = 99 WHERE position = 4",
        SWAP,
        "UPDATE audit_chain SET hash = sha256('x') WHERE position = 4",
    ],
)
async def test_what_was_done_to_a_row_is_seen_where_it_was_done(log: AsyncEngine, statement: str):
    await tamper(log, *statement.split(";"))
    broken = await found(log)
    assert broken.broken_at in {4, 5}
    assert len(broken.breaks) <= 3, broken.breaks


@pytest.mark.parametrize(
    ("statement", "what", "is_named"),
    [
        ("UPDATE audit_log SET actor = 'someone else' WHERE subject_id = '3'", "altered", True),
        ("DELETE FROM audit_log WHERE subject_id = '3'", "removed", True),
        ("UPDATE audit_chain SET hash = sha256('x') WHERE position = 4", "link_altered", True),
        ("DELETE FROM audit_chain WHERE position = 4", "link_missing", False),
    ],
)
async def test_what_was_done_to_which_row_is_named(
    log: AsyncEngine, statement: str, what: str, is_named: bool
):
    async with log.connect() as connection:
        row = (
            await connection.execute(text("SELECT id, at FROM audit_log WHERE subject_id = '3'"))
        ).one()
    await tamper(log, statement)
    (broken,) = (await found(log)).breaks
    assert (broken.what, broken.position) == (what, 4)
    if is_named:
        assert broken.row_id == row.id
        assert broken.at is not None
        assert abs((broken.at - row.at).total_seconds()) < 60


async def test_a_row_slipped_in_with_an_old_date_is_seen(log: AsyncEngine):
    await tamper(
        log,
        """INSERT INTO audit_log (id, at, actor, actor_name, action, subject_type, subject_id)
           VALUES (gen_random_uuid(), now() - interval '2 days', 'a', 'a', 'x', 'x', 'x')""",
    )
    assert await extend(log) == 0
    seen = await found(log)
    assert seen.left_out == 1
    assert (seen.breaks[-1].what, seen.breaks[-1].action) == ("slipped_in", "x")


async def test_a_cut_off_end_is_seen_only_against_a_checkpoint(log: AsyncEngine):
    before = await found(log)
    await tamper(
        log,
        "DELETE FROM audit_log WHERE subject_id IN ('4', '5')",
        "DELETE FROM audit_chain WHERE position > 4",
    )
    assert (await found(log)).holds
    async with log.begin() as tx:
        assert not await audit.still_holds(tx, before.length, before.last_hash)


async def test_a_chain_made_anew_is_seen_only_against_a_checkpoint(log: AsyncEngine):
    before = await found(log)
    await tamper(log, "UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_chain")
    assert await extend(log) == ROWS
    assert (await found(log)).holds
    async with log.begin() as tx:
        assert not await audit.still_holds(tx, before.length, before.last_hash)


async def test_the_command_verifies_and_names_what_is_wrong(log: AsyncEngine):
    app = typer.Typer()
    app.command()(audit.main)
    environment = {"DATABASE_URL": log.url.render_as_string(hide_password=False)}

    async def command(*arguments: str) -> tuple[int, str]:
        run = CliRunner().invoke
        done = await asyncio.to_thread(run, app, ["common", *arguments], env=environment)
        return done.exit_code, done.output

    code, output = await command()
    assert code == 0
    checkpoint = output.rsplit("checkpoint: ", 1)[1].strip()
    assert (await command("--since", checkpoint))[0] == 0
    assert (await command("--since", f"{ROWS}:{'00' * 32}"))[0] == 1
    await tamper(log, "DELETE FROM audit_log WHERE subject_id = '2'")
    code, output = await command()
    assert (code, "position 3: removed row " in output) == (1, True)


async def test_only_one_process_extends_the_chain_at_a_time(log: AsyncEngine):
    async with log.begin() as other:
        await other.execute(text(f"SELECT pg_advisory_xact_lock({audit.CHAIN_LOCK})"))
        assert await extend(log) == 0


async def test_what_an_account_has_touched_is_listed(log: AsyncEngine, tmp_path: Path):
    app = typer.Typer()
    app.command()(audit_seen.main)
    environment = {"DATABASE_URL": log.url.render_as_string(hide_password=False)}
    file = tmp_path / "seen.csv"
    for actor, found in (("p-1", ROWS), ("p-2", 0)):
        arguments = ["common", "--since", "2026-01-01", "--actor", actor, "--csv", str(file)]
        done = await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environment)
        assert (done.exit_code, f"{found} subjects" in done.output) == (0, True), done.output
        assert len(file.read_text().splitlines()) == found + 1
