"""The built-in issuer inside the registry's process: what it shares between requests."""

from dataclasses import dataclass, field

import httpx2 as httpx
from fastapi import FastAPI, Request

from common import clock
from common.problems import Refused
from registry.accounts.grants import Minter
from registry.accounts.pace import Pace
from registry.accounts.rules import (
    CLIENT_FAILURES_PER_MINUTE,
    SIGN_INS_PER_MINUTE,
    SYSTEM_TOKENS_PER_MINUTE,
)
from registry.accounts.sign_in import Visit


@dataclass(frozen=True, slots=True)
class Paces:
    """What this process lets strangers ask of it in a minute."""

    sign_ins: Pace = field(default_factory=lambda: Pace(SIGN_INS_PER_MINUTE))
    client_failures: Pace = field(default_factory=lambda: Pace(CLIENT_FAILURES_PER_MINUTE))
    system_tokens: Pace = field(default_factory=lambda: Pace(SYSTEM_TOKENS_PER_MINUTE))


def add_issuer(app: FastAPI) -> None:
    """Make the registry's app ready to be the issuer, and its own client without a network."""
    app.state.paces = Paces()
    if is_built_in(app):
        app.state.issuer.transport = httpx.ASGITransport(app=app)


def is_built_in(app: FastAPI) -> bool:
    """Tell whether the registry's own accounts are the issuer."""
    return not app.state.settings.oidc_issuer


async def only_built_in(request: Request) -> None:
    """Refuse when an outside provider is the issuer: its accounts are not managed here."""
    if not is_built_in(request.app):
        raise Refused("accounts_elsewhere", issuer=request.app.state.settings.issuer)


def minter(request: Request) -> Minter:
    """Return what the tokens of this request share."""
    settings = request.app.state.settings
    return Minter(
        issuer=settings.issuer,
        audience=settings.oidc_audience,
        sealer=request.app.state.sealer,
        now=clock.utc_now(),
        request_id=getattr(request.state, "request_id", None),
    )


def visit(request: Request) -> Visit:
    """Return from where and when this request comes."""
    address = request.client.host if request.client else "unknown"
    return Visit(address, clock.utc_now(), getattr(request.state, "request_id", None))
