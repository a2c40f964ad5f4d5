"""Who is calling, and how a route says what that person needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request

from common.auth.permissions import PERMISSIONS
from common.problems import Refused
from common.regions import covers


@dataclass(frozen=True, slots=True)
class Principal:
    """A person or a partner's system, as the issuer's token says."""

    subject: str
    name: str
    roles: frozenset[str]
    permissions: frozenset[str]
    # Region codes whose data this person may see; empty means none.
    regions: tuple[str, ...] = ()
    partner_id: UUID | None = None
    # True when a system calls with client credentials, False for a person.
    is_client: bool = False
    # The name by which that system is known to the issuer; its `subject` may be another.
    client_id: str = ""
    # The enrolled device that signed the request, where one did.
    terminal_id: UUID | None = None
    request_id: str | None = None

    def covers(self, region_code: str) -> bool:
        """Tell whether a region lies within what this person is limited to."""
        return any(covers(scope, region_code) for scope in self.regions)

    def demand_region(self, region_code: str) -> None:
        """Refuse unless the region is within this person's limits."""
        if not self.covers(region_code):
            raise Refused("outside_your_regions")

    def demand_partner(self, partner_id: UUID) -> None:
        """Refuse when this person belongs to another partner; staff of no partner pass."""
        if self.partner_id is not None and self.partner_id != partner_id:
            raise Refused("another_partner")


def require(permission: str) -> Callable[[Request], Awaitable[Principal]]:
    """Return the dependency of a route that only callers with `permission` may use.

    Raises Refused: not_signed_in (401), session_expired (401), csrf_failed (403),
    permission_missing (403).
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"no role has the permission {permission}")

    async def caller(request: Request) -> Principal:
        principal: Principal = await request.app.state.identify(request)
        if permission not in principal.permissions:
            raise Refused("permission_missing", permission=permission)
        return principal

    caller.permission = permission  # type: ignore[attr-defined]
    return caller


def signed_in() -> Callable[[Request], Awaitable[Principal]]:
    """Return the dependency of a route that any signed-in person may use."""

    async def caller(request: Request) -> Principal:
        principal: Principal = await request.app.state.identify(request)
        return principal

    caller.permission = "(signed in)"  # type: ignore[attr-defined]
    return caller


def public(reason: str) -> Callable[[], Awaitable[None]]:
    """Return the dependency that marks a route as open to anyone, and says why it may be."""

    async def anyone() -> None:
        return None

    anyone.permission = "(public)"  # type: ignore[attr-defined]
    anyone.reason = reason  # type: ignore[attr-defined]
    return anyone


def permission_of(route: Any) -> str | None:
    """Return the permission that a route names, or None when it names none."""
    found: list[str] = []
    pending = list(route.dependant.dependencies)
    while pending:
        dependant = pending.pop()
        mark = getattr(dependant.call, "permission", None)
        if mark is not None:
            found.append(mark)
        pending.extend(dependant.dependencies)
    return " + ".join(sorted(set(found))) or None
