"""The run folder (`.run`): what the stack remembers between two runs, and where it is written."""

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from local.accounts import ServerAccount, data_place
from local.new_secrets import (
    new_key,
    new_password,
    new_totp_secret,
    new_typed_password,
    public_key_of,
)
from local.ports import free_port
from local.processes import ProcessIdentity

PREFERRED_PORTS = {
    "registry": 8001,
    "issuance": 8002,
    "redemption": 8003,
    "postgres": 5433,
    "amqp": 5673,
    "amqp-distribution": 25673,
    "amqp-mapper": 4370,
}
OURS = (
    "postgres",
    "postgres.unfinished",
    "rabbitmq",
    "secrets",
    "logs",
    "population",
    "seeded",
    "ports.json",
    "stack.json",
    "progress.jsonl",
    "lock",
)
"""Everything that the stack writes in the run folder; `make reset` removes only these."""


@dataclass(frozen=True)
class RunFolder:
    """The paths of one stack, and the small files that outlive it."""

    path: Path

    @property
    def log(self) -> Path:
        """The one prefixed log of everything that runs."""
        return self.path / "logs" / "stack.log"

    @property
    def state(self) -> Path:
        """Addresses, logins and process numbers, for people's scripts."""
        return self.path / "stack.json"

    @property
    def progress(self) -> Path:
        """The steps of the present start, a line each."""
        return self.path / "progress.jsonl"

    def make(self, account: ServerAccount) -> None:
        """Make the folder: private, but passable when the servers run as another account."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o711 if account.is_other else 0o700)
        for name in ("secrets", "logs", "seeded", "population"):
            folder = self.path / name
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)

    def data(self, account: ServerAccount) -> Path:
        """The folder for the servers' data, reachable by their account."""
        return data_place(self.path, account)

    def secret(self, name: str) -> str:
        """A random secret, made the first time it is asked for."""
        return self._once(name, new_password)

    def typed_password(self, name: str) -> str:
        """A password that people type, made the first time it is asked for."""
        return self._once(name, new_typed_password)

    def key(self, name: str) -> Path:
        """The file of a 32 byte key in base64url, made the first time it is asked for."""
        self._once(name, new_key)
        return self.path / "secrets" / name

    def public_key(self, name: str) -> str:
        """The X25519 public key of the private key of this name."""
        return public_key_of(self._once(name, new_key))

    def totp_secret(self, name: str) -> str:
        """A base32 secret for time-based codes, made the first time it is asked for."""
        return self._once(name, new_totp_secret)

    def _once(self, name: str, make: Callable[[], str]) -> str:
        path = self.path / "secrets" / name
        if not path.exists():
            write_private(path, make())
        return path.read_text()

    def ports(self, *, prefer_known: bool) -> dict[str, int]:
        """A free port for each name: the last run's when it is free, else near the known one."""
        path = self.path / "ports.json"
        before: Mapping[str, int] = read_json(path)
        chosen: dict[str, int] = {}
        for name, known in PREFERRED_PORTS.items():
            wanted = before.get(name, known if prefer_known else None)
            chosen[name] = free_port(wanted, set(chosen.values()))
        write_private(path, json.dumps(chosen, indent=2))
        return chosen

    def _try_lock(self) -> IO[str] | None:
        # The lock is gone with the process that holds it, however that ended.
        file = (self.path / "lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def lock(self) -> IO[str] | None:
        """Hold the folder and say in the lock who holds it; None when another supervisor does."""
        file = self._try_lock()
        if file is not None:
            file.truncate(0)
            file.write(json.dumps(asdict(ProcessIdentity.own())))
            file.flush()
        return file

    def lock_holder(self) -> ProcessIdentity | None:
        """The supervisor that holds the folder, or held it last."""
        found = read_json(self.path / "lock")
        return ProcessIdentity(**found) if found else None

    def is_locked(self) -> bool:
        """Whether a supervisor is running."""
        if not (self.path / "lock").exists():
            return False
        file = self._try_lock()
        if file is None:
            return True
        file.close()
        return False


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; empty when there is no such file or it was cut off by a crash."""
    try:
        found = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole, readable by its owner only."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    unfinished.rename(path)
