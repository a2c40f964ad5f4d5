"""The whole system under one supervisor: what starts after what, and how it ends."""

import asyncio
import json
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from local import postgres, rabbitmq
from local.accounts import server_account
from local.broker_users import service_user
from local.databases import (
    announced,
    close_to_services,
    ensure_database,
    ensure_role,
    service_url,
)
from local.logbook import Logbook, Progress
from local.postgres import PostgresServer
from local.processes import ProcessIdentity
from local.rabbitmq import RabbitMQNode
from local.readiness import is_ready
from local.run_folder import RunFolder, write_private
from local.services import SERVICES, SIGNERS, ServiceSetup, population_program
from local.state import logins, processes, services
from local.supervisor import (
    FAILURES_WHILE_STARTING_MAX,
    Child,
    StartFailed,
    run_to_end,
    until_ready,
)

COMMAND_WITHIN_S = 300.0
SERVICE_READY_WITHIN_S = 90.0
SEEDING_WITHIN_S = 6 * 3600.0
"""The whole province is 836,824 persons."""


@dataclass(frozen=True)
class Request:
    """What was asked for: where, with which demonstration, and which servers of others to use."""

    folder: RunFolder
    population: str = "small"
    services: tuple[str, ...] | None = None
    prefer_known_ports: bool = True
    database_url: str = field(default_factory=lambda: os.environ.get("DATABASE_URL", ""))
    amqp_url: str = field(default_factory=lambda: os.environ.get("AMQP_URL", ""))

    @property
    def parts(self) -> tuple[str, ...]:
        """The services to run: all, or those that a test asked for."""
        return SERVICES if self.services is None else self.services

    @property
    def demo(self) -> bool:
        """Whether this is a demonstration with ready-made people in it."""
        return self.population != "none"


class System:
    """Everything that one `make up` starts."""

    def __init__(self, request: Request, log: Logbook, progress: Progress):
        self.request = request
        self.folder = request.folder
        self.account = server_account()
        self.ports = self.folder.ports(prefer_known=request.prefer_known_ports)
        self.children: list[Child] = []
        self.state = "starting"
        self._supervisor = ProcessIdentity.own()
        self._log = log
        self._progress = progress
        self._postgres = self._postgres_server()
        self._rabbitmq = self._rabbitmq_node()
        self.admin_url = request.database_url or self._postgres.admin_url
        self.setup = ServiceSetup(
            self.folder,
            self.ports,
            {name: self._database_url(name) for name in SERVICES},
            {name: self._amqp_url(name) for name in SERVICES},
            request.demo,
        )

    def _postgres_server(self) -> PostgresServer:
        data = self.folder.data(self.account) / "postgres"
        password = self.folder.secret("postgres_password")
        return PostgresServer(data, self.ports["postgres"], password, self.account)

    def _rabbitmq_node(self) -> RabbitMQNode:
        users = tuple(service_user(n, self.folder.secret(f"{n}.amqp_password")) for n in SERVICES)
        return RabbitMQNode(
            self.folder.data(self.account) / "rabbitmq",
            self.ports["amqp"],
            self.ports["amqp-distribution"],
            self.ports["amqp-mapper"],
            users,
            self.account,
        )

    def _database_url(self, service: str) -> str:
        password = self.folder.secret(f"{service}.database_password")
        return service_url(self.admin_url, service, service, password)

    def _amqp_url(self, service: str) -> str:
        if self.request.amqp_url:
            return self.request.amqp_url
        return self._rabbitmq.url(next(u for u in self._rabbitmq.users if u.name == service))

    async def start(self) -> None:
        """Start everything in order; `StartFailed` says which step did not succeed."""
        await _all_of(self._start_databases_and_prepare(), self._start_broker())
        await self._start_services()
        await self._seed()
        for child in self.children:
            if child.failures >= FAILURES_WHILE_STARTING_MAX:
                raise StartFailed(child.program.name, self._log.tail(child.program.name))
        self.state = "ready"
        self.write_state()
        self._progress.say("ready")

    async def _start_databases_and_prepare(self) -> None:
        if not self.request.database_url:
            await asyncio.to_thread(self._postgres.prepare)
            child = self._add(Child(self._postgres.program(), self._log, self.write_state))
            await until_ready(child, self._postgres.is_ready, postgres.READY_WITHIN_S, self._log)
        self._progress.say("done", "PostgreSQL")
        await asyncio.to_thread(self._make_databases)
        self._progress.say("done", "database tiap layanan / a database for each service")
        await _all_of(*(self._migrate_and_prepare(name) for name in self.request.parts))

    def _make_databases(self) -> None:
        for name in SERVICES:
            password = self.folder.secret(f"{name}.database_password")
            ensure_role(self.admin_url, name, password)
            ensure_database(self.admin_url, name, name)
        if not self.request.database_url:
            close_to_services(self.admin_url)

    async def _migrate_and_prepare(self, service: str) -> None:
        for arguments in (("common.migrate", service, "upgrade"), (f"{service}.cli", "prepare")):
            await run_to_end(self.setup.command(service, *arguments), self._log, COMMAND_WITHIN_S)
        self._progress.say("done", f"{service}: migrasi dan persiapan / migrated and prepared")

    async def _start_broker(self) -> None:
        if self.request.amqp_url:
            return
        rabbitmq.server_script()
        node = self._rabbitmq
        await asyncio.to_thread(node.prepare)
        mapper = self._add(Child(node.mapper_program(), self._log, self.write_state))

        async def mapper_first() -> None:
            await until_ready(mapper, node.mapper_is_ready, rabbitmq.READY_WITHIN_S, self._log)

        child = self._add(Child(node.program(), self._log, self.write_state, mapper_first))
        await until_ready(child, node.is_ready, rabbitmq.READY_WITHIN_S, self._log)
        self._progress.say("done", "RabbitMQ")

    async def _start_services(self) -> None:
        starts = []
        for name in self.request.parts:
            api = self._add(Child(self.setup.api(name), self._log, self.write_state))
            self._add(Child(self.setup.worker(name), self._log, self.write_state))
            if name in SIGNERS:
                self._add(Child(self.setup.signer(name), self._log, self.write_state))
            starts.append(self._until_service_is_ready(api, name))
        await _all_of(*starts)

    async def _until_service_is_ready(self, api: Child, name: str) -> None:
        port = self.ports[name]
        await until_ready(api, lambda: is_ready(port), SERVICE_READY_WITHIN_S, self._log)
        self._progress.say("done", f"{name}: {self.setup.url(name)}")

    async def _seed(self) -> None:
        size = self.request.population
        marker = self.folder.path / "seeded" / size
        if not self.request.demo or not self.request.parts or marker.exists():
            return
        program, out = population_program(self.folder, size)
        complete = out.with_name(f"{size}.complete")
        if not complete.exists():
            await run_to_end(program, self._log, SEEDING_WITHIN_S)
            complete.touch()
        self._progress.say("done", f"penduduk buatan / synthetic population ({size})")
        partners = self.setup.command("redemption", "redemption.cli", "seed-demo")
        await run_to_end(partners, self._log, SEEDING_WITHIN_S)
        people = ("registry.cli", "seed-demo", "--population", str(out))
        await run_to_end(self.setup.command("registry", *people), self._log, SEEDING_WITHIN_S)
        told = await asyncio.to_thread(announced, self.setup.database_urls["registry"])
        heard = ("issuance.cli", "seed-demo", "--announced", str(told))
        await run_to_end(self.setup.command("issuance", *heard), self._log, SEEDING_WITHIN_S)
        given = self.setup.command("redemption", "redemption.cli", "seed-demo-acts")
        await run_to_end(given, self._log, SEEDING_WITHIN_S)
        marker.touch()
        self._progress.say("done", "data contoh / demonstration data")

    def _add(self, child: Child) -> Child:
        self.children.append(child)
        child.start()
        return child

    def write_state(self) -> None:
        """Write `stack.json` anew: a program started or ended, or the whole became ready."""
        found = {
            "state": self.state,
            "population": self.request.population,
            "services": services(self.setup),
            "logins": logins(self.setup),
            "database_admin_url": self.admin_url,
            "database_is_ours": not self.request.database_url,
            "ports": self.ports,
            "data": str(self.folder.data(self.account)),
            "log": str(self.folder.log),
            "processes": processes(self.children, self._supervisor),
            "ended": [c.program.name for c in self.children if c.identity is None],
        }
        write_private(self.folder.state, json.dumps(found, indent=2) + "\n")

    async def stop(self) -> None:
        """Stop the services, then the servers they use."""
        self.state = "stopping"
        servers = ("postgres", "rabbitmq", "epmd")
        for group in (
            [c for c in self.children if c.program.name not in servers],
            [c for c in self.children if c.program.name in servers and c.program.name != "epmd"],
            [c for c in self.children if c.program.name == "epmd"],
        ):
            await asyncio.gather(*(child.stop() for child in group))
        self.state = "stopped"
        self.write_state()


async def _all_of(*steps: Coroutine[Any, Any, None]) -> None:
    """Run steps side by side; the first that fails ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except BaseExceptionGroup as failures:
        first: BaseException = failures
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        raise first from None
