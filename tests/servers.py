"""Real servers for the tests: a PostgreSQL and a RabbitMQ node, started when asked for.

With DATABASE_URL (an administrator's) or AMQP_URL in the environment, those are used instead.
"""

import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local.accounts import server_account
from local.broker_users import BrokerUser
from local.databases import close_to_services, ensure_database, ensure_role, service_url
from local.new_secrets import new_password
from local.ports import free_port
from local.postgres import READY_WITHIN_S as POSTGRES_WITHIN_S
from local.postgres import PostgresServer, run_sql
from local.processes import Program, stop, wait_until
from local.rabbitmq import READY_WITHIN_S as RABBITMQ_WITHIN_S
from local.rabbitmq import RabbitMQNode

NOT_DURABLE = (("fsync", "off"), ("full_page_writes", "off"), ("autovacuum_naptime", "5s"))
"""For the tests that kill nothing: a commit is seen by everyone, only a crash may lose it."""
# Half of what it costs through the write-ahead log, which nobody needs of files that stand still.
COPY = """
CREATE DATABASE {database} OWNER {role} TEMPLATE {template} STRATEGY FILE_COPY;
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
"""
START_TRIES_MAX = 6
START_AGAIN_AFTER_S = 0.5
SPARE_VIRTUAL_HOSTS = 30
"""Made when the node starts, because making one afterwards takes seconds."""
FEW_VIRTUAL_HOSTS = 8
"""For a node that one file alone uses: each costs the start a little."""


@contextmanager
def server_folder() -> Iterator[Path]:
    """A folder that the servers' account can reach, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="khbs-test-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Running:
    """A program under a test's control: it can be killed, frozen and started again."""

    def __init__(self, program: Program, log: Path, is_ready: Callable[[], bool], within_s: float):
        self.program = program
        self.log = log
        self._is_ready = is_ready
        self._within_s = within_s
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers.

        After a kill, the server's orphans hold its memory for a moment and a new one ends at
        once: then it is started again, as a supervisor would.
        """
        for tries_left in reversed(range(START_TRIES_MAX)):
            with self.log.open("ab") as output:
                self._process = self.program.start(output)
            try:
                wait_until(self._has_come_up, self._within_s, self.program.name, every_s=0.05)
            except (TimeoutError, ChildProcessError) as failure:
                self.stop()
                if tries_left == 0 or isinstance(failure, TimeoutError):
                    raise RuntimeError(f"{failure}\n{self.log.read_text()[-3000:]}") from failure
                time.sleep(START_AGAIN_AFTER_S)
            else:
                return

    def _has_come_up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise ChildProcessError(f"{self.program.name} ended: {self._process.returncode}")
        return self._is_ready()

    def kill(self) -> None:
        """`kill -9`, as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            stop(self._process, self.program)


class Postgres:
    """A PostgreSQL server, and the databases that tests ask of it."""

    def __init__(self, admin_url: str, running: Running | None = None):
        self.admin_url = admin_url
        self.running = running
        self._suffix = "" if running else f"_{secrets.token_hex(4)}"
        self._passwords: dict[str, str] = {}
        self._made: list[str] = []

    def database(self, service: str) -> str:
        """Make a database at the newest migration of `service`; where its role connects."""
        role = f"{service}{self._suffix}"
        template = f"{role}_template"
        if service not in self._passwords:
            self._passwords[service] = new_password()
            ensure_role(self.admin_url, role, self._passwords[service])
            ensure_database(self.admin_url, template, role)
            self._made.append(template)
            in_own_thread(lambda: migrate(service, self._url(template, service)))
        database = f"{role}_{len(self._made)}"
        self._copy(template, database, role)
        self._made.append(database)
        return self._url(database, service)

    def _copy(self, template: str, database: str, role: str) -> None:
        """Make a database from a template; in a server of our own in the quicker of two ways."""
        if self.running is None:
            ensure_database(self.admin_url, database, role, template)
        else:
            self.sql(COPY.format(database=database, role=role, template=template))

    def copy_of(self, service: str, url: str) -> str:
        """Copy a database of `service` to which nobody is connected: a backup of it."""
        copy = f"{service}{self._suffix}_{len(self._made)}"
        original = url.rpartition("/")[2]
        ensure_database(self.admin_url, copy, f"{service}{self._suffix}", original)
        self._made.append(copy)
        return self._url(copy, service)

    def _url(self, database: str, service: str) -> str:
        role = f"{service}{self._suffix}"
        return service_url(self.admin_url, database, role, self._passwords[service])

    def sql(self, statements: str, url: str = "") -> str:
        """Run statements as the administrator, or over `url`; what they return, unaligned."""
        return run_sql(url or self.admin_url, statements)

    def remove_everything(self) -> None:
        """Leave a server that others own as it was found."""
        for database in self._made:
            self.sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE);")
        for service in self._passwords:
            self.sql(f"DROP ROLE IF EXISTS {service}{self._suffix};")


class RabbitMQ:
    """A RabbitMQ node with virtual hosts to hand out, one for who must not see others' queues."""

    def __init__(self, url: str, spare: list[str], running: Running | None = None):
        self.url = url
        self.running = running
        self._spare = spare

    def virtual_host(self) -> str:
        """Where to connect to a virtual host that nobody has used (a given broker has only one)."""
        if self.running is None:
            return self.url
        if not self._spare:
            raise RuntimeError("No virtual host is left: raise SPARE_VIRTUAL_HOSTS.")
        return self._spare.pop(0)


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """A server of one's own; `durable` for tests that kill it and count what is left."""
    with server_folder() as folder:
        settings = () if durable else NOT_DURABLE
        server = PostgresServer(
            folder / "postgres", free_port(), new_password(), server_account(), settings
        )
        server.prepare()
        running = Running(
            server.program(), folder / "postgres.log", server.is_ready, POSTGRES_WITHIN_S
        )
        running.start()
        try:
            close_to_services(server.admin_url)
            yield Postgres(server.admin_url, running)
        finally:
            running.stop()


@contextmanager
def rabbitmq(spare_hosts: int = SPARE_VIRTUAL_HOSTS) -> Iterator[RabbitMQ]:
    """A node of one's own, with a user that may do everything in each of its virtual hosts."""
    with server_folder() as folder:
        password = new_password()
        names = ["khbs", *(f"spare-{number}" for number in range(spare_hosts))]
        users = tuple(BrokerUser("tests", password, virtual_host=name) for name in names)
        ports: set[int] = set()
        while len(ports) < 3:
            ports.add(free_port(taken=ports))
        amqp, distribution, mapper = ports
        node = RabbitMQNode(
            folder / "rabbitmq", amqp, distribution, mapper, users, server_account()
        )
        node.prepare()
        epmd = Running(
            node.mapper_program(), folder / "epmd.log", node.mapper_is_ready, RABBITMQ_WITHIN_S
        )
        running = Running(node.program(), folder / "rabbitmq.log", node.is_ready, RABBITMQ_WITHIN_S)
        try:
            epmd.start()
            running.start()
            first, *spare = (node.url(user) for user in users)
            yield RabbitMQ(first, spare, running)
        finally:
            running.stop()
            epmd.stop()


def migrate(service: str, url: str) -> None:
    """Bring a database to the newest migration; `common` has tables, but no service of its own."""
    from common.migrate import upgrade

    if service == "common":
        create_common_tables(url)
    else:
        upgrade(service, url)


def create_common_tables(url: str) -> None:
    """Make the tables that common brings to every service."""
    import asyncio

    from sqlalchemy.ext.asyncio import create_async_engine

    from common import migrate as migrations

    async def create() -> None:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(migrations.create_common_tables)
            await connection.run_sync(migrations.create_checkpoint_tables)
        await engine.dispose()

    asyncio.run(create())


def in_own_thread(work: Callable[[], None]) -> None:
    """Run `work`, which starts an event loop, where no other loop is running."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001 - handed to the caller below
            failures.append(failure)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
