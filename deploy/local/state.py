"""What `stack.json` says: addresses, ready-made logins, processes, for people and their scripts."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from common.demo import LOGINS
from local.processes import ProcessIdentity
from local.services import SERVICES, ServiceSetup

if TYPE_CHECKING:
    from local.supervisor import Child

APPROVING_ROLES = (
    "regency_verifier",
    "provincial_approver",
    "finance",
    "supervisor",
    "administrator",
)
"""These also need a time-based code; the others may not have one."""
WORKPLACE = {
    "card_desk": "issuance",
    "print_shop": "issuance",
    "village_companion": "issuance",
    "partner_admin": "redemption",
    "partner_operator": "redemption",
    "finance": "redemption",
    "supervisor": "redemption",
}
"""Where a role has its daily work; the others have it in the registry."""


def logins(setup: ServiceSetup) -> list[dict[str, str]]:
    """The ready-made people of the demonstration; none without it."""
    if not setup.demo:
        return []
    password = setup.folder.typed_password("demo_password")
    totp_secret = setup.folder.totp_secret("demo_totp_secret")
    return [
        {
            "user": user,
            "role": role,
            "password": password,
            "address": setup.url(WORKPLACE.get(role, "registry")),
            **({"totp_secret": totp_secret} if role in APPROVING_ROLES else {}),
        }
        for user, role in LOGINS.items()
    ]


def services(setup: ServiceSetup) -> dict[str, dict[str, str | int]]:
    """Where each service is, and the servers behind it."""
    return {
        name: {
            "url": setup.url(name),
            "port": setup.ports[name],
            "database_url": setup.database_urls[name],
            "amqp_url": setup.amqp_urls[name],
        }
        for name in SERVICES
    }


def processes(children: Iterable["Child"], supervisor: ProcessIdentity) -> dict[str, Any]:
    """Everything that runs, with what is needed to know it again and to end it rightly."""
    found = {
        child.program.name: {
            "pid": child.identity.pid,
            "started_at": child.identity.started_at,
            "stop_signal": child.program.stop_signal.name,
            "restarts": child.restarts,
        }
        for child in children
        if child.identity is not None
    }
    own = {"pid": supervisor.pid, "started_at": supervisor.started_at, "stop_signal": "SIGTERM"}
    return {"supervisor": own, **found}
