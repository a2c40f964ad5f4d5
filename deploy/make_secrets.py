"""Write deploy/secrets/ for docker-compose.yml: `python3 deploy/make_secrets.py`.

Python's standard library and the `openssl` command are enough. What is there already is kept, so
it is safe to repeat. The folder is private; its files can be read by the containers' own users.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from local.broker_users import definitions, service_user
from local.new_secrets import new_key, new_password, public_key_of

SERVICES = ("registry", "issuance", "redemption")
FOLDER = Path(__file__).resolve().parent / "secrets"
HOSTS = {
    "REGISTRY_HOST": "registry.khbs.localhost",
    "ISSUANCE_HOST": "issuance.khbs.localhost",
    "REDEMPTION_HOST": "redemption.khbs.localhost",
    "KEYCLOAK_HOST": "masuk.khbs.localhost",
}
AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 397
"""Browsers refuse certificates that are valid for longer."""


def once(name: str, make: Callable[[], str]) -> str:
    """The secret of this name, made now when there is none."""
    path = FOLDER / name
    if not path.exists():
        path.write_text(make())
        path.chmod(0o444)
    return path.read_text()


def write_service_secrets() -> None:
    """Passwords, addresses with passwords in them, and keys of each service."""
    for service in SERVICES:
        password = once(f"{service}_database_password", new_password)
        url = f"postgresql+asyncpg://{service}:{password}@postgres:5432/{service}"
        once(f"{service}_database_url", lambda url=url: url)  # type: ignore[misc]
        for key in ("sealing_key", "blind_index_key", "session_key"):
            once(f"{service}_{key}", new_key)
        once(f"{service}_oidc_client_secret", new_password)
    for key in ("event_sealing_key", "signing_master_key"):
        once(key, new_key)
    pin_key = once("pin_private_key", new_key)
    once("pin_public_key", lambda: public_key_of(pin_key))
    for name in ("postgres_admin_password", "keycloak_database_password"):
        once(name, new_password)


def write_broker_users() -> None:
    """RabbitMQ's users: their addresses for the services, hashes of their passwords for it."""
    if (FOLDER / "rabbitmq_definitions").exists():
        return
    users = [service_user(service, new_password()) for service in SERVICES]
    for user in users:
        url = f"amqp://{user.name}:{user.password}@rabbitmq:5672/{user.virtual_host}"
        once(f"{user.name}_amqp_url", lambda url=url: url)  # type: ignore[misc]
    once("rabbitmq_definitions", lambda: json.dumps(definitions(users), indent=2))


def write_keycloak_settings() -> None:
    """What only the profile `keycloak` reads."""
    if (FOLDER / "keycloak.env").exists():
        return
    lines = {
        "KC_DB_PASSWORD": (FOLDER / "keycloak_database_password").read_text(),
        "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": new_password(),
    }
    for service in SERVICES:
        secret = (FOLDER / f"{service}_oidc_client_secret").read_text()
        lines[f"KHBS_{service.upper()}_CLIENT_SECRET"] = secret
    once("keycloak.env", lambda: "".join(f"{k}={v}\n" for k, v in lines.items()))


def write_certificate() -> None:
    """A certificate for the host names, and the authority that browsers and services then trust.

    The authority's key is thrown away: a new certificate comes with a new authority.
    """
    if (FOLDER / "site_certificate").exists():
        return
    hosts = ",".join(f"DNS:{os.environ.get(name, host)}" for name, host in HOSTS.items())
    new = ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
    authority_key, request = FOLDER / "authority.key", FOLDER / "site.request"
    _openssl(
        *new, "-x509", "-days", str(AUTHORITY_DAYS), "-subj", "/CN=KHBS site authority",
        "-addext", "keyUsage=critical,keyCertSign", "-keyout", str(authority_key),
        "-out", str(FOLDER / "site_authority"),
    )  # fmt: skip
    _openssl(
        *new, "-subj", "/CN=KHBS", "-addext", f"subjectAltName={hosts}",
        "-addext", "extendedKeyUsage=serverAuth", "-keyout", str(FOLDER / "site_certificate_key"),
        "-out", str(request),
    )  # fmt: skip
    _openssl(
        "openssl", "x509", "-req", "-in", str(request), "-days", str(CERTIFICATE_DAYS),
        "-CA", str(FOLDER / "site_authority"), "-CAkey", str(authority_key),
        "-copy_extensions", "copy", "-out", str(FOLDER / "site_certificate"),
    )  # fmt: skip
    authority_key.unlink()
    request.unlink()
    for name in ("site_authority", "site_certificate", "site_certificate_key"):
        (FOLDER / name).chmod(0o444)


def _openssl(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)


def main() -> None:
    """Make what is missing."""
    FOLDER.mkdir(exist_ok=True)
    FOLDER.chmod(0o700)
    write_service_secrets()
    write_broker_users()
    write_keycloak_settings()
    write_certificate()
    print(f"{FOLDER}: keep a copy in a safe place. Without the keys sealed data cannot be read.")


if __name__ == "__main__":
    main()
