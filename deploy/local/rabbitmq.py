"""The private RabbitMQ node: its own name, ports, data, cookie and users, on loopback only."""

import hashlib
import json
import os
import secrets
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from local.accounts import ServerAccount
from local.broker_users import BrokerUser, definitions
from local.ports import LOOPBACK, answers
from local.processes import Program

READY_WITHIN_S = 90.0
DISK_RESERVE = "256MB"
JOURNAL_BYTES = 64 * 1024 * 1024
"""Size of a quorum queue journal file; RabbitMQ's own default sets 512 MB aside at once."""
NAMES_REQUEST = b"\x00\x01n"
HOW_TO_GET_IT = """RabbitMQ was not found on this machine. One of these ways:
  sh deploy/install/rabbitmq.sh     as root: Debian's package, without a system-wide broker
  AMQP_URL=amqp://… make up         a RabbitMQ that exists
  docker compose up                 everything inside Docker"""


@dataclass(frozen=True)
class RabbitMQNode:
    """One node and the mapper daemon (epmd) that belongs to it alone."""

    data: Path
    port: int
    distribution_port: int
    mapper_port: int
    users: tuple[BrokerUser, ...]
    account: ServerAccount

    @property
    def node_name(self) -> str:
        """Different for every data folder, so that no other node is ever taken for this one."""
        return f"khbs-{hashlib.sha256(str(self.data).encode()).hexdigest()[:8]}@localhost"

    def url(self, user: BrokerUser) -> str:
        """Where this user connects."""
        name, password, host = (quote(s, "") for s in (user.name, user.password, user.virtual_host))
        return f"amqp://{name}:{password}@{LOOPBACK}:{self.port}/{host}"

    def prepare(self) -> None:
        """Write the node's files; messages that are there stay there."""
        self.account.own(self.data)
        cookie = self.data / ".erlang.cookie"
        if not cookie.exists():
            self.account.own_file(cookie, secrets.token_hex(24))
            cookie.chmod(0o400)
        self.account.own_file(self.data / "plugins", "[].\n")
        self.account.own_file(self.data / "environment", "")
        self.account.own_file(self.data / "definitions.json", json.dumps(definitions(self.users)))
        self.account.own_file(self.data / "rabbitmq.conf", self._configuration())

    def _configuration(self) -> str:
        lines = {
            "listeners.tcp.local": f"{LOOPBACK}:{self.port}",
            "load_definitions": str(self.data / "definitions.json"),
            "log.console": "true",
            "log.console.level": "warning",
            "log.file": "false",
            "disk_free_limit.absolute": DISK_RESERVE,
            "raft.wal_max_size_bytes": str(JOURNAL_BYTES),
        }
        return "".join(f"{name} = {value}\n" for name, value in lines.items())

    def mapper_program(self) -> Program:
        """The mapper daemon in the foreground; left alone, the node starts one that stays."""
        command = (_find("epmd"), "-address", LOOPBACK, "-port", str(self.mapper_port))
        return Program("epmd", command, self._surroundings(), self.account, folder=self.data)

    def program(self) -> Program:
        """The node in the foreground; its mapper daemon must be running already."""
        command = (str(server_script()),)
        return Program("rabbitmq", command, self._surroundings(), self.account, folder=self.data)

    def _surroundings(self) -> dict[str, str]:
        loopback = "{" + LOOPBACK.replace(".", ",") + "}"
        return {
            "PATH": os.defpath + ":/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "HOME": str(self.data),
            # Also for the short-lived helpers that the node starts: nothing listens elsewhere.
            "ERL_AFLAGS": f"-kernel inet_dist_use_interface {loopback}",
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "ERL_EPMD_PORT": str(self.mapper_port),
            "RABBITMQ_NODENAME": self.node_name,
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_CONFIG_FILE": str(self.data / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.data / "environment"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.data / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.data / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.data / "log"),
            "RABBITMQ_PID_FILE": str(self.data / "pid"),
            "RABBITMQ_LOG": "warning",
            # RabbitMQ's script then becomes the node itself instead of a shell that waits for it.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def mapper_is_ready(self) -> bool:
        """Whether the mapper daemon answers its own question, "which names do you know?"."""
        try:
            with socket.create_connection((LOOPBACK, self.mapper_port), timeout=1) as asking:
                asking.sendall(NAMES_REQUEST)
                return bool(asking.recv(4))
        except OSError:
            return False

    def is_ready(self) -> bool:
        """Whether it accepts connections: it listens only after its users have been loaded."""
        return answers(self.port)


def server_script() -> Path:
    """RabbitMQ's start script; `RuntimeError` naming the ways to get it when there is none.

    Debian's command of that name runs only as root or `rabbitmq`: the script behind it is used.
    """
    candidates = [os.environ.get("RABBITMQ_SERVER"), "/usr/lib/rabbitmq/bin/rabbitmq-server"]
    candidates.append(shutil.which("rabbitmq-server"))
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return Path(candidate)
    raise RuntimeError(HOW_TO_GET_IT)


def _find(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/local/bin")
    places = sorted(Path("/usr/lib/erlang").glob(f"erts-*/bin/{name}"))
    if found is None and not places:
        raise RuntimeError(HOW_TO_GET_IT)
    return found or str(places[-1])
