"""One database and one role for each service; no service can connect to another's."""

from urllib.parse import urlsplit

from local.postgres import run_sql

ROLE = """
SELECT format('CREATE ROLE %I LOGIN', '{name}')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec
ALTER ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '{password}';
GRANT {name} TO CURRENT_USER;
"""
DATABASE = """
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE %I', '{database}', '{owner}', '{template}')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
"""
# What a demonstration's registry has told: its last seven days, and it is younger.
ANNOUNCED = "SELECT count(*) FROM outbox WHERE event_type = 'enrolments.approved.v1'"
ADMINISTRATORS_OWN = "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC;"


def ensure_role(admin_url: str, name: str, password: str) -> None:
    """Make the login role of a service, or give the one that is there this password."""
    run_sql(admin_url, ROLE.format(name=name, password=password))


def ensure_database(admin_url: str, database: str, owner: str, template: str = "template0") -> None:
    """Make a database that only its owner can connect to; one that is there keeps its data."""
    run_sql(admin_url, DATABASE.format(database=database, owner=owner, template=template))


def close_to_services(admin_url: str) -> None:
    """Keep the services out of the administrator's own databases too (embedded server only)."""
    run_sql(admin_url, ADMINISTRATORS_OWN)


def service_url(admin_url: str, database: str, role: str, password: str) -> str:
    """Where a service connects: the administrator's server, with the service's own role."""
    parts = urlsplit(admin_url)
    host = parts.netloc.rpartition("@")[2]
    return f"postgresql+asyncpg://{role}:{password}@{host}/{database}"


def announced(registry_url: str) -> int:
    """How many times the registry told the others of families on approved lists."""
    return int(run_sql(registry_url, ANNOUNCED))
