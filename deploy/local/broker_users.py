"""RabbitMQ's users and what each may touch, as the definitions that a node loads when it starts.

Standard library only: a Docker host writes the same definitions without our packages.
"""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

VIRTUAL_HOST = "khbs"


@dataclass(frozen=True)
class BrokerUser:
    """A user of one virtual host; the patterns name what it may configure, write and read."""

    name: str
    password: str
    pattern: str = ".*"
    virtual_host: str = VIRTUAL_HOST


def service_user(service: str, password: str) -> BrokerUser:
    """The user of a service: its own two queues, and the exchanges that all share."""
    return BrokerUser(service, password, rf"^(events|events\.dead|{service}(\.dead)?)$")


def definitions(users: Iterable[BrokerUser]) -> dict[str, object]:
    """The definitions of these users and their virtual hosts; passwords as salted hashes."""
    users = list(users)
    return {
        "vhosts": [{"name": name} for name in sorted({user.virtual_host for user in users})],
        "users": [
            {
                "name": user.name,
                "password_hash": _password_hash(user.password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": "",
            }
            for user in {user.name: user for user in users}.values()
        ],
        "permissions": [
            {
                "user": user.name,
                "vhost": user.virtual_host,
                "configure": user.pattern,
                "write": user.pattern,
                "read": user.pattern,
            }
            for user in users
        ],
    }


def _password_hash(password: str) -> str:
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
