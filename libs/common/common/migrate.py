"""Migrations: `python -m common.migrate SERVICE [upgrade|check|head]`, and every env.py's work.

`upgrade` brings DATABASE_URL to the newest migration; several at once wait for each other.
`check` exits 1 unless database and code agree.
"""

import asyncio
import importlib
import importlib.util
import sys
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from common import tables
from common.settings import ServerSettings

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "10min"
# Any number will do as long as all migrations of a database use the same one.
MIGRATION_LOCK = 620_001
USAGE = "usage: python -m common.migrate SERVICE [upgrade|check|head|revision MESSAGE]"


def config_for(service: str, database_url: str = "") -> Config:
    """Return the Alembic configuration of a service."""
    spec = importlib.util.find_spec(service)
    if spec is None or spec.origin is None:
        raise SystemExit(f"no such service: {service}")
    config = Config()
    config.set_main_option("script_location", str(Path(spec.origin).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", database_url.replace("%", "%%"))
    config.attributes["service"] = service
    return config


def head_of(service: str) -> str:
    """Return the newest migration a service's code knows."""
    return ScriptDirectory.from_config(config_for(service)).get_current_head() or ""


def metadata_of(service: str) -> list[MetaData]:
    """Return the schema of a service with all its tables loaded: its own and common's."""
    schema = importlib.import_module(f"{service}.schema")
    folder = Path(schema.__file__ or "").parent
    for module in sorted(folder.glob("*/*tables.py")):
        importlib.import_module(f"{service}.{module.parent.name}.{module.stem}")
    return [schema.metadata, tables.metadata]


def run_env(config: Config, service: str) -> None:
    """Do what an Alembic env.py does: run the migrations over one asyncpg connection."""
    from alembic import context

    def migrate(connection: Connection) -> None:
        # Held by the session, because each migration is a transaction of its own.
        connection.execute(text(f"SELECT pg_advisory_lock({MIGRATION_LOCK})"))
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata_of(service),
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()

    async def connect() -> None:
        url = config.get_main_option("sqlalchemy.url") or ""
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
        await engine.dispose()

    asyncio.run(connect())


def create_common_tables(connection: Connection) -> None:
    """Make common's own tables; called by each service's first migration.

    Later changes of these tables are ordinary migrations in each service.
    """
    first = [one for one in tables.metadata.sorted_tables if one not in tables.CHECKPOINT_TABLES]
    tables.metadata.create_all(connection, tables=first)
    connection.execute(text(tables.APPEND_ONLY_SQL))
    for table in ("audit_log", "audit_chain"):
        connection.execute(text(tables.append_only(table)))


def create_checkpoint_tables(connection: Connection) -> None:
    """Make the tables of signed audit checkpoints, which only grow."""
    tables.metadata.create_all(connection, tables=tables.CHECKPOINT_TABLES)
    for table in tables.CHECKPOINT_TABLES:
        connection.execute(text(tables.append_only(table.name)))


def drop_checkpoint_tables(connection: Connection) -> None:
    """Undo `create_checkpoint_tables`."""
    tables.metadata.drop_all(connection, tables=tables.CHECKPOINT_TABLES)


def upgrade(service: str, database_url: str) -> None:
    """Bring a service's database to the newest migration. Runs its own event loop."""
    command.upgrade(config_for(service, database_url), "head")


def differences(service: str, connection: Connection) -> list[object]:
    """Return how the database differs from the tables in the code; empty when it does not."""
    context = MigrationContext.configure(connection)
    found: list[object] = []
    wanted = metadata_of(service)
    merged = MetaData()
    for schema in wanted:
        for table in schema.tables.values():
            table.to_metadata(merged)
    found.extend(compare_metadata(context, merged))
    return found


def revision(service: str, message: str, database_url: str) -> None:
    """Write a new migration from the difference between code and database."""
    scripts = ScriptDirectory.from_config(config_for(service))
    number = len(list(scripts.walk_revisions())) + 1
    command.revision(
        config_for(service, database_url),
        message=message,
        autogenerate=True,
        rev_id=f"{number:04d}",
    )


def check(service: str, database_url: str) -> list[str]:
    """Return what keeps database and code from agreeing; empty when they do."""

    async def ask() -> list[str]:
        engine = create_async_engine(database_url, poolclass=NullPool)
        async with engine.connect() as connection:
            at = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            found = await connection.run_sync(lambda sync: differences(service, sync))
        await engine.dispose()
        behind = [] if at == head_of(service) else [f"at {at}, newest is {head_of(service)}"]
        return behind + [str(one) for one in found]

    return asyncio.run(ask())


def main(arguments: list[str]) -> None:
    """Run a migration command for one service; DATABASE_URL says where."""
    if not arguments:
        raise SystemExit(USAGE)
    service, action = arguments[0], (arguments[1] if len(arguments) > 1 else "upgrade")
    if action == "head":
        sys.stdout.write(head_of(service) + "\n")
        return
    url = ServerSettings().database_url
    if action == "upgrade":
        upgrade(service, url)
    elif action == "check":
        if problems := check(service, url):
            raise SystemExit("\n".join(problems))
    elif action == "revision":
        revision(service, " ".join(arguments[2:]) or "change", url)
    else:
        raise SystemExit(USAGE)


if __name__ == "__main__":
    main(sys.argv[1:])
