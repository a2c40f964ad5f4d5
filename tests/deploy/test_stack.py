"""The one-machine stack as `make up` starts it: closed, restarted when it dies, gone afterwards."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import aio_pika
import aiormq
import psutil
import pytest
from tests import servers

from local.postgres import run_sql
from local.processes import wait_until
from local.readiness import is_ready
from local.run_folder import OURS
from local.services import DEPLOY, SERVICES
from local.stack import Stack, StackFailed

ADDRESS_BYTES = {"0100007F": "127.0.0.1", "00000000000000000000000001000000": "::1"}
LISTENS = "0A"


def new_stack(folder: Path, **options: object) -> Stack:
    """A stack beside all others: any free ports, no demonstration."""
    return Stack.at(folder, population="none", prefer_known_ports=False, **options)


@pytest.fixture(scope="module")
def run_folder() -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as surroundings, servers.server_folder() as folder:
        surroundings.delenv("DATABASE_URL", raising=False)
        surroundings.delenv("AMQP_URL", raising=False)
        yield folder


@pytest.fixture(scope="module")
def stack(run_folder: Path) -> Iterator[Stack]:
    stack = new_stack(run_folder)
    stack.up(show=lambda _line: None)
    yield stack
    stack.reset()


def family(stack: Stack) -> list[psutil.Process]:
    """Every process of the stack, and every process that those started."""
    found = [psutil.Process(stack.pid(name)) for name in stack.state["processes"]]
    children = [child for process in found for child in process.children(recursive=True)]
    return [*{process.pid: process for process in [*found, *children]}.values()]


def listening_addresses(processes: list[psutil.Process]) -> set[str]:
    """The local addresses on which these processes accept connections, from the kernel's table."""
    sockets = set()
    for process in processes:
        for link in Path(f"/proc/{process.pid}/fd").iterdir():
            try:
                sockets.update(re.findall(r"socket:\[(\d+)\]", os.readlink(link)))
            except FileNotFoundError:
                continue
    lines = [
        line.split()
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    addresses = {row[1].split(":")[0] for row in lines if row[3] == LISTENS and row[9] in sockets}
    return {ADDRESS_BYTES.get(address, address) for address in addresses}


def wait_for_restart(stack: Stack, name: str, before: int) -> None:
    def is_another() -> bool:
        found = stack.state["processes"].get(name)
        return found is not None and found["pid"] != before

    wait_until(is_another, 60, f"{name} was not restarted")


def test_everything_is_ready_when_up_returns(stack: Stack):
    assert stack.state["state"] == "ready"
    for name in SERVICES:
        assert is_ready(stack.state["services"][name]["port"])
    assert set(stack.state["processes"]) == {
        "supervisor", "postgres", "rabbitmq", "epmd",
        *(f"{name}-{part}" for name in SERVICES for part in ("api", "worker")),
        "issuance-signer",
    }  # fmt: skip


def test_nothing_listens_on_an_address_that_other_machines_reach(stack: Stack):
    assert listening_addresses(family(stack)) <= {"127.0.0.1", "::1"}
    assert listening_addresses(family(stack)) >= {"127.0.0.1"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_own_database_and_no_other(stack: Stack, service: str):
    services = stack.state["services"]
    url = services[service]["database_url"]
    assert run_sql(url, "SELECT count(*) > 0 FROM alembic_version;") == "t"
    for other in {*SERVICES, "postgres", "template1"} - {service}:
        with pytest.raises(RuntimeError, match="permission denied for database"):
            run_sql(f"{url.rpartition('/')[0]}/{other}", "SELECT 1;")


@pytest.mark.parametrize("service", SERVICES)
def test_a_database_role_may_not_make_roles_or_databases(stack: Stack, service: str):
    url = stack.state["services"][service]["database_url"]
    for statement in ("CREATE ROLE intruder;", "CREATE DATABASE intruder;"):
        with pytest.raises(RuntimeError, match="permission denied"):
            run_sql(url, statement)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_broker_user_touches_only_its_own_queues(stack: Stack, service: str):
    other = next(name for name in SERVICES if name != service)
    async with await aio_pika.connect(stack.state["services"][service]["amqp_url"]) as connection:
        own = await (await connection.channel()).get_queue(service)
        assert own.name == service
        for forbidden in (other, f"{other}.dead", "anything"):
            with pytest.raises(aiormq.exceptions.ChannelAccessRefused):
                await (await connection.channel()).declare_queue(forbidden, durable=True)


async def test_the_broker_has_no_guest(stack: Stack):
    port = stack.state["ports"]["amqp"]
    for host in ("khbs", "%2F"):
        with pytest.raises((aiormq.exceptions.AMQPConnectionError, ConnectionError)):
            await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{port}/{host}")


def test_secrets_and_addresses_are_readable_by_their_owner_only(stack: Stack):
    folder = stack.folder.path
    private = [folder / "stack.json", *(folder / "secrets").iterdir()]
    assert len(private) > 10
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700


def test_only_the_signer_is_told_where_the_signing_key_is(stack: Stack):
    told = {
        name
        for name in stack.state["processes"]
        if "SIGNING_MASTER_KEY_FILE" in psutil.Process(stack.pid(name)).environ()
    }
    assert told == {"issuance-signer"}
    signer = psutil.Process(stack.pid("issuance-signer"))
    assert not signer.environ()["AMQP_URL"]
    assert listening_addresses([signer]) == set()


@pytest.mark.parametrize(
    "name", ["postgres", "rabbitmq", "epmd", "redemption-api", "issuance-signer"]
)
def test_what_is_killed_runs_again_by_itself(stack: Stack, name: str):
    before = stack.pid(name)
    os.kill(before, signal.SIGKILL)
    wait_for_restart(stack, name, before)
    port = stack.state["services"]["redemption"]["port"]
    wait_until(lambda: is_ready(port), 60, f"not ready after {name} was killed")


def test_a_command_is_run_with_the_settings_of_a_service(stack: Stack):
    folder = ("--run-dir", str(stack.folder.path))
    said = [
        subprocess.run(
            [sys.executable, "-m", "local", *folder, "run", "--", *words],
            env={**os.environ, "PYTHONPATH": str(DEPLOY)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        for words in (("registry", "registry.cli", "retention", "--dry-run"), ("nobody", "x"))
    ]
    assert [one.returncode for one in said] == [0, 2], said
    assert "nothing was changed" in said[0].stdout


def test_a_second_up_finds_it_running(stack: Stack):
    before = stack.pid("supervisor")
    stack.up(show=lambda _line: None)
    assert stack.pid("supervisor") == before


def test_a_killed_supervisor_leaves_nothing_that_the_next_up_cannot_clear_away(stack: Stack):
    before = family(stack)
    url = stack.state["services"]["registry"]["database_url"]
    run_sql(url, "CREATE TABLE remembered (); ")
    os.kill(stack.pid("supervisor"), signal.SIGKILL)
    wait_until(lambda: not stack.is_running, 60, "the supervisor did not die")
    stack.up(show=lambda _line: None)
    assert stack.state["state"] == "ready"
    assert stack.state["services"]["registry"]["database_url"] == url
    run_sql(url, "DROP TABLE remembered;")
    psutil.wait_procs(before, timeout=60)
    assert not [process for process in before if runs(process)]


def runs(process: psutil.Process) -> bool:
    """Whether it still runs: not gone, and not waiting to be collected by a parent that died."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_down_leaves_nothing_running_and_reset_leaves_nothing_behind(stack: Stack):
    before = family(stack)
    notes = stack.folder.path / "notes.txt"
    notes.write_text("someone else's")
    assert stack.down()
    assert not [process for process in before if runs(process)]
    assert stack.state["state"] == "stopped"
    assert not stack.down()
    stack.reset()
    assert not [name for name in OURS if (stack.folder.path / name).exists()]
    assert notes.read_text() == "someone else's"


def test_a_number_taken_over_by_another_program_is_never_ended(run_folder: Path):
    stack = new_stack(run_folder, services=())
    ours = psutil.Process()
    claimed = {"pid": ours.pid, "started_at": ours.create_time() - 60, "stop_signal": "SIGKILL"}
    stack.folder.state.write_text(json.dumps({"processes": {"postgres": claimed}}))
    assert not stack.down()


def test_a_start_that_fails_says_why_and_leaves_nothing_running(
    run_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("DB_POOL_SIZE", "0")
    monkeypatch.setenv("AMQP_URL", "amqp://127.0.0.1:9/none")
    stack = new_stack(run_folder, services=("registry",))
    with pytest.raises(StackFailed, match="db_pool_size"):
        stack.up(show=lambda _line: None)
    assert not stack.is_running
    assert set(stack.state["processes"]) == {"supervisor"}
    stack.reset()
