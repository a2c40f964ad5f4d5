"""Every route of the three services, the permission it names, and the roles that have it.

`python -m tests.contracts.route_table write` writes the table; a test compares it and calls every
route as every role. A change of this file in a review is a change of who may do what.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from common.auth.permissions import ROLES
from common.auth.principal import permission_of

TABLE = Path(__file__).parent / "routes.tsv"
SERVICES = ("registry", "issuance", "redemption")
# FastAPI's own description of the routes: no data, and no place to name a permission.
DESCRIPTIONS = frozenset({"/openapi.json"})
NOBODYS_DATABASE = "postgresql+asyncpg://nobody:x@127.0.0.1:1/none"


@dataclass(frozen=True)
class Route:
    service: str
    method: str
    path: str
    permission: str
    # How FastAPI sees it: its parameters and its body.
    dependant: Any

    def allows(self, role: str) -> bool:
        """Tell whether a signed-in person of this role passes the route's permissions."""
        return all(
            word in ROLES[role] or word in {"(public)", "(signed in)"}
            for word in self.permission.split(" + ")
        )

    @property
    def is_public(self) -> bool:
        return self.permission == "(public)"


def app_of(service: str, database_url: str = NOBODYS_DATABASE) -> FastAPI:
    """Make a service's app as its process would."""
    import importlib

    from tests.clients import settings_values

    values = settings_values(database_url)
    if service == "issuance":
        from tests.clients import key_text

        values["signing_master_key"] = key_text(5)
    settings = importlib.import_module(f"{service}.settings").Settings(**values)
    app: FastAPI = importlib.import_module(f"{service}.app").create_app(settings)
    return app


def routes_of(service: str, app: FastAPI) -> Iterator[Route]:
    """Yield the routes of an app, those of included routers with their whole path."""
    for found in iter_route_contexts(app.routes):
        if found.path in DESCRIPTIONS or not isinstance(found.original_route, APIRoute):
            continue
        for method in sorted((found.methods or set()) - {"HEAD", "OPTIONS"}):
            permission = permission_of(found) or "NONE"
            yield Route(service, method, found.path or "", permission, found.dependant)


def table() -> str:
    """Return the whole table as tab-separated text."""
    roles = list(ROLES)
    lines = ["\t".join(("service", "method", "path", "permission", *roles))]
    for service in SERVICES:
        found = routes_of(service, app_of(service))
        for route in sorted(found, key=lambda one: (one.path, one.method)):
            marks = ("yes" if route.allows(role) else "-" for role in roles)
            named = (route.service, route.method, route.path, route.permission)
            lines.append("\t".join((*named, *marks)))
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    if arguments != ["write"]:
        sys.stderr.write("python -m tests.contracts.route_table write\n")
        return 2
    TABLE.write_text(table())
    sys.stdout.write(f"{TABLE}: {len(TABLE.read_text().splitlines()) - 1} routes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
