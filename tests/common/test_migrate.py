"""Each service's migrations: one line, up from nothing, down again, and as the code says."""

import asyncio
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from tests import servers

from common import migrate, tables
from local.databases import ensure_database, ensure_role, service_url

SERVICES = ("registry", "issuance", "redemption")


@pytest.fixture
def empty_database(postgres_server: servers.Postgres) -> Iterator[str]:
    """A database with nothing in it, and a role that owns it."""
    name = f"empty_{secrets.token_hex(4)}"
    ensure_role(postgres_server.admin_url, name, "secret")
    ensure_database(postgres_server.admin_url, name, name)
    yield service_url(postgres_server.admin_url, name, name, "secret")
    postgres_server.sql(f"DROP DATABASE {name} WITH (FORCE);")
    postgres_server.sql(f"DROP ROLE {name};")


def tables_of(url: str) -> set[str]:
    async def ask() -> set[str]:
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            rows = await connection.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            )
            found = set(rows)
        await engine.dispose()
        return found

    return asyncio.run(ask())


@pytest.mark.parametrize("service", SERVICES)
def test_there_is_one_newest_migration_and_their_numbers_have_no_gap(service: str):
    scripts = ScriptDirectory.from_config(migrate.config_for(service))
    assert len(scripts.get_heads()) == 1
    numbers = sorted(script.revision for script in scripts.walk_revisions())
    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("service", SERVICES)
def test_up_from_nothing_down_to_nothing_and_up_again(service: str, empty_database: str):
    """What comes out is what the tables in the code say, both times."""
    config = migrate.config_for(service, empty_database)
    servers.in_own_thread(lambda: migrate.upgrade(service, empty_database))
    first = run_check(service, empty_database)
    servers.in_own_thread(lambda: command.downgrade(config, "base"))
    assert run_tables(empty_database) == {"alembic_version"}
    servers.in_own_thread(lambda: migrate.upgrade(service, empty_database))
    assert (first, run_check(service, empty_database)) == ([], [])


def run_check(service: str, url: str) -> list[str]:
    found: list[str] = []
    servers.in_own_thread(lambda: found.extend(migrate.check(service, url)))
    return found


def run_tables(url: str) -> set[str]:
    found: set[str] = set()
    servers.in_own_thread(lambda: found.update(tables_of(url)))
    return found


def test_the_check_sees_a_difference(empty_database: str, postgres_server: servers.Postgres):
    servers.in_own_thread(lambda: migrate.upgrade("registry", empty_database))
    postgres_server.sql("ALTER TABLE inbox DROP COLUMN handled_at;", empty_database)
    postgres_server.sql("UPDATE alembic_version SET version_num = '0000';", empty_database)
    problems = run_check("registry", empty_database)
    assert any("handled_at" in problem for problem in problems)
    assert any("newest is" in problem for problem in problems)


def test_two_that_migrate_at_once_wait_for_each_other(empty_database: str):
    environment = {**os.environ, "DATABASE_URL": empty_database}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "common.migrate", "registry", "upgrade"],
            env=environment,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    ends = [process.communicate(timeout=60)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0], ends


@pytest.mark.parametrize("service", SERVICES)
async def test_the_audit_tables_of_every_service_refuse_changes(
    service: str, new_database: Callable[[str], str]
):
    engine = create_async_engine(await asyncio.to_thread(new_database, service))
    guarded = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%append_only'"
    async with engine.connect() as connection:
        found = set(await connection.scalars(text(guarded)))
    await engine.dispose()
    assert {"audit_log", "audit_chain"} <= found


def test_usage_is_told_and_an_unknown_service_is_named():
    with pytest.raises(SystemExit, match="usage"):
        migrate.main([])
    with pytest.raises(SystemExit, match="no such service"):
        migrate.config_for("nowhere")
    assert tables.metadata.tables
