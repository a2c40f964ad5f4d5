"""What a service needs to run here: its surroundings, its commands, its processes."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from local.ports import LOOPBACK
from local.processes import Program
from local.run_folder import RunFolder

SERVICES = ("registry", "issuance", "redemption")
ISSUER = "registry"
CLIENTS_OF_THE_ISSUER = ("issuance", "redemption")
"""The built-in accounts know the secrets of the services that send people there to sign in."""
NOT_FOR_SIGNERS = ("OIDC_CLIENT_SECRET", "DEMO_PASSWORD", "DEMO_TOTP_SECRET")
KEYS_OF_EACH = ("sealing_key", "blind_index_key", "session_key")
"""Every service has its own of these; only the key of sealed events is the same in all."""
HANDED_ON = (
    "OIDC_ISSUER",
    "OIDC_INTERNAL_URL",
    "OIDC_AUDIENCE",
    "OIDC_ROLES_CLAIM",
    "OIDC_SCOPE",
    "LOG_LEVEL",
    "DB_POOL_SIZE",
)
"""Settings that are taken over from the surroundings of `make up`."""
FROM_THE_SYSTEM = ("PATH", "HOME", "LANG", "TZ", "TMPDIR")
SIGNERS = ("issuance",)
"""The services that have a signer: a process of its own, the only one with the signing keys."""
DEPLOY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class ServiceSetup:
    """Where a service finds its database, the broker, its siblings and its secrets."""

    folder: RunFolder
    ports: dict[str, int]
    database_urls: dict[str, str]
    amqp_urls: dict[str, str]
    demo: bool

    def url(self, service: str) -> str:
        """The address of a service as a browser on this machine sees it."""
        return f"http://{LOOPBACK}:{self.ports[service]}"

    def environment(self, service: str, *, signs: bool = False) -> dict[str, str]:
        """The settings of one process; only one that signs cards is told where that key is."""
        found = {n: os.environ[n] for n in (*FROM_THE_SYSTEM, *HANDED_ON) if n in os.environ}
        found |= {
            "PYTHONUNBUFFERED": "1",
            "PYTHONUTF8": "1",
            "DATABASE_URL": self.database_urls[service],
            "AMQP_URL": self.amqp_urls[service],
            "PUBLIC_URL": self.url(service),
            "OIDC_CLIENT_SECRET": self.folder.secret(f"{service}.oidc_client_secret"),
            "EVENT_SEALING_KEY_FILE": str(self.folder.key("event_sealing_key")),
        }
        for name in SERVICES:
            found[f"{name.upper()}_URL"] = self.url(name)
        for name in KEYS_OF_EACH:
            found[f"{name.upper()}_FILE"] = str(self.folder.key(f"{service}.{name}"))
        if service == ISSUER:
            for name in CLIENTS_OF_THE_ISSUER:
                secret = self.folder.secret(f"{name}.oidc_client_secret")
                found[f"OIDC_CLIENT_SECRET_{name.upper()}"] = secret
        if signs:
            found["SIGNING_MASTER_KEY_FILE"] = str(self.folder.key("signing_master_key"))
        if service == "issuance":
            found["PIN_PUBLIC_KEY"] = self.folder.public_key("pin_private_key")
        if service == "redemption":
            found["TRUST_ROOTS"] = os.environ.get("TRUST_ROOTS") or self._trusted_roots()
        if self.demo:
            found |= {
                # An account of nobody: the demonstration's orders to the bank go nowhere.
                "PAYMENT_ACCOUNT": "RKUD-CONTOH-0001",
                "DEMO": "1",
                "DEMO_PASSWORD": self.folder.typed_password("demo_password"),
                "DEMO_TOTP_SECRET": self.folder.totp_secret("demo_totp_secret"),
            }
        return found

    def command(self, service: str, *arguments: str) -> Program:
        """A command of the service that ends by itself, such as `migrate` or `prepare`."""
        return Program(
            f"{service}-{arguments[1] if arguments[0] != 'common.migrate' else 'migrate'}",
            (sys.executable, "-m", *arguments),
            self.environment(service, signs=service in SIGNERS) | self._root_of(service),
            folder=self.folder.path,
        )

    def _root_of(self, service: str) -> dict[str, str]:
        """A demonstration's root of trust, for commands alone: no process that runs on has it."""
        if service not in SIGNERS or not self.demo:
            return {}
        passphrase = self.folder.key("trust_root_passphrase")
        return {
            "TRUST_ROOT_FILE": str(self._root_file),
            "TRUST_ROOT_PASSPHRASE_FILE": str(passphrase),
        }

    @property
    def _root_file(self) -> Path:
        return self.folder.key("trust_root_passphrase").with_name("trust_root")

    def _trusted_roots(self) -> str:
        """The public sides of a demonstration's roots, once `issuance.cli prepare` made them."""
        if not self.demo:
            return ""
        public = (self._root_file.with_name(f"trust_root{end}") for end in (".pub", ".next.pub"))
        found = [json.loads(one.read_text())["public_key"] for one in public if one.exists()]
        return ",".join(found)

    def api(self, service: str) -> Program:
        """The process that answers HTTP."""
        command = [sys.executable, "-m", "uvicorn", f"{service}.app:create_app", "--factory"]
        command += ["--host", LOOPBACK, "--port", str(self.ports[service])]
        command += ["--no-access-log", "--no-server-header", "--log-level", "warning"]
        return Program(
            f"{service}-api",
            tuple(command),
            self.environment(service),
            folder=self.folder.path,
        )

    def worker(self, service: str) -> Program:
        """The process that relays the outbox and consumes events; one of them opens PINs."""
        pins = {"PIN_PRIVATE_KEY_FILE": str(self.folder.key("pin_private_key"))}
        return Program(
            f"{service}-worker",
            (sys.executable, "-m", f"{service}.worker"),
            self.environment(service) | (pins if service == "redemption" else {}),
            folder=self.folder.path,
        )

    def signer(self, service: str) -> Program:
        """The process that holds the signing keys: it has no address and speaks to no broker."""
        environment = self.environment(service, signs=True) | {"AMQP_URL": ""}
        return Program(
            f"{service}-signer",
            (sys.executable, "-m", f"{service}.signer"),
            {name: value for name, value in environment.items() if name not in NOT_FOR_SIGNERS},
            folder=self.folder.path,
        )


def population_program(folder: RunFolder, size: str) -> tuple[Program, Path]:
    """The generator of a synthetic province, and the folder it writes."""
    out = folder.path / "population" / size
    surroundings = {n: os.environ[n] for n in FROM_THE_SYSTEM if n in os.environ}
    command = (sys.executable, "-m", "population", "--size", size, "--out", str(out))
    return Program("population", command, surroundings | {"PYTHONPATH": str(DEPLOY)}), out
