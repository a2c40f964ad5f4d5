"""Systems that ask for tokens: the three services, those of partners, those of other agencies.

Their secrets are random (256 bits), so a plain hash keeps them; a password's slow one would only
make the token endpoint easy to tire out.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock, ids
from common.auth.principal import Principal
from common.problems import Refused
from registry.accounts import oauth_queries as queries

SECRET_BYTES = 32
SECRET_CHARACTERS_MIN = 32
# So that a secret that was left in a public place is recognised as one.
SECRET_PREFIX = "khbs_"  # noqa: S105 - a mark, not a secret
VALID_SECRETS_MAX = 2
CLIENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
LISTED_MAX = 200
# What is managed on pages: the services are made known by a command.
MANAGED_KINDS = frozenset({"integrator", "registry_client"})


async def register_service(
    tx: AsyncConnection, client_id: str, *, address: str, secret: str, now: datetime
) -> None:
    """Make one of the services known, or bring its address and secret up to date."""
    home = address.rstrip("/")
    client = {
        "id": client_id,
        "name": client_id,
        "kind": "service",
        "redirect_uris": [f"{home}/auth/callback"],
        "signed_out_uris": [f"{home}/"],
        "created_at": now,
        "created_by": "command:prepare",
    }
    await tx.execute(queries.UPSERT_SERVICE_CLIENT, client)
    kept = hash_of(secret)
    valid = await _valid_secrets(tx, client_id)
    if not any(hmac.compare_digest(row["secret_hash"], kept) for row in valid):
        await _add_secret(tx, client_id, kept, now)
    given = {"of_client": client_id, "kept": kept, "at": now}
    await tx.execute(queries.REVOKE_OTHER_SECRETS, given)


async def create_integrator(
    tx: AsyncConnection, actor: Principal, client_id: str, *, name: str, partner_id: UUID
) -> str:
    """Make a partner's system known; return its secret, which nobody can see again.

    Raises Refused id_reused when there is such a client already.
    """
    own = {"kind": "integrator", "partner_id": partner_id}
    details = {"partner_id": str(partner_id)}
    return await _create(tx, actor, {"id": client_id, "name": name, **own}, details)


async def create_registry_client(
    tx: AsyncConnection, actor: Principal, client_id: str, *, name: str, regions: Sequence[str]
) -> str:
    """Make another agency's system known; return its secret, which nobody can see again.

    Raises Refused id_reused when there is such a client already.
    """
    own = {"kind": "registry_client", "regions": list(regions)}
    details = {"regions": list(regions)}
    return await _create(tx, actor, {"id": client_id, "name": name, **own}, details)


async def limit(tx: AsyncConnection, client_id: str, *, name: str, regions: Sequence[str]) -> None:
    """Give another agency's system another name and other regions, from its next token on."""
    given = {"client_id": client_id, "new_name": name, "new_regions": list(regions)}
    await tx.execute(queries.SET_CLIENT_REGIONS, given)


async def rotate(tx: AsyncConnection, actor: Principal, client_id: str) -> str:
    """Add a secret beside the present one; return it. A third is refused until one is revoked.

    Raises Refused not_found, too_many_secrets.
    """
    await _managed(tx, client_id)
    if len(await _valid_secrets(tx, client_id)) >= VALID_SECRETS_MAX:
        raise Refused("too_many_secrets")
    secret = await _new_secret(tx, client_id, clock.utc_now())
    await audit.record(tx, actor, "api_client.secret_added", "api_client", client_id)
    return secret


async def revoke_secret(
    tx: AsyncConnection, actor: Principal, client_id: str, secret_id: UUID
) -> None:
    """End one secret of a system."""
    await _managed(tx, client_id)
    given = {"secret_id": secret_id, "of_client": client_id, "at": clock.utc_now()}
    await tx.execute(queries.REVOKE_SECRET, given)
    details = {"secret_id": str(secret_id)}
    await audit.record(
        tx, actor, "api_client.secret_revoked", "api_client", client_id, details=details
    )


async def disable(tx: AsyncConnection, actor: Principal, client_id: str) -> None:
    """End a system for good: none of its secrets gives a token any more."""
    await _managed(tx, client_id)
    await tx.execute(queries.DISABLE_CLIENT, {"client_id": client_id, "at": clock.utc_now()})
    await audit.record(tx, actor, "api_client.disabled", "api_client", client_id)


async def find(tx: AsyncConnection, client_id: str) -> tuple[RowMapping, list[RowMapping]]:
    """Return a system and its valid secrets (when they were made and used)."""
    client = await known(tx, client_id)
    if client is None or client["kind"] not in MANAGED_KINDS:
        raise Refused("not_found")
    return client, await _valid_secrets(tx, client_id)


async def integrators(tx: AsyncConnection) -> list[RowMapping]:
    """Return the partners' systems, youngest first."""
    found = await tx.execute(queries.SELECT_INTEGRATORS, {"how_many": LISTED_MAX})
    return list(found.mappings())


async def authenticate(
    tx: AsyncConnection, client_id: str, secret: str, now: datetime
) -> RowMapping | None:
    """Return the client whose secret this is, or None."""
    client = await known(tx, client_id)
    if client is None or client["disabled_at"] is not None:
        return None
    kept, matching = hash_of(secret), None
    for row in await _valid_secrets(tx, client_id):
        if hmac.compare_digest(row["secret_hash"], kept):
            matching = row["id"]
    if matching is None:
        return None
    await tx.execute(queries.USE_SECRET, {"secret_id": matching, "at": now})
    return client


async def known(tx: AsyncConnection, client_id: str) -> RowMapping | None:
    """Return a client, valid or not; None for a name that is not one."""
    if not CLIENT_ID.fullmatch(client_id):
        return None
    found = await tx.execute(queries.SELECT_CLIENT, {"client_id": client_id})
    return found.mappings().first()


async def is_signed_out_way(tx: AsyncConnection, address: str) -> bool:
    """Tell whether some service has named this address as its way back from signing out."""
    return bool(await tx.scalar(queries.IS_SIGNED_OUT_URI, {"address": address}))


def new_client_id() -> str:
    """Return a name for an integrator that says nothing about it."""
    return f"khbs-{secrets.token_hex(6)}"


def hash_of(secret: str) -> bytes:
    """Return what is kept of a random secret."""
    return hashlib.sha256(secret.encode()).digest()


async def _create(
    tx: AsyncConnection, actor: Principal, client: dict[str, Any], details: dict[str, Any]
) -> str:
    now = clock.utc_now()
    made = {"redirect_uris": [], "signed_out_uris": [], "created_at": now}
    row = {"partner_id": None, "regions": [], **made, "created_by": actor.subject, **client}
    if (await tx.execute(queries.INSERT_CLIENT, row)).first() is None:
        raise Refused("id_reused")
    secret = await _new_secret(tx, client["id"], now)
    await audit.record(tx, actor, "api_client.created", "api_client", client["id"], details=details)
    return secret


async def _managed(tx: AsyncConnection, client_id: str) -> None:
    if not CLIENT_ID.fullmatch(client_id):
        raise Refused("not_found")
    found = await tx.execute(queries.SELECT_CLIENT_FOR_UPDATE, {"client_id": client_id})
    client = found.mappings().first()
    is_managed = client is not None and client["kind"] in MANAGED_KINDS
    if client is None or not is_managed or client["disabled_at"] is not None:
        raise Refused("not_found")


async def _valid_secrets(tx: AsyncConnection, client_id: str) -> list[RowMapping]:
    found = await tx.execute(queries.SELECT_VALID_SECRETS, {"client_id": client_id})
    return list(found.mappings())


async def _new_secret(tx: AsyncConnection, client_id: str, now: datetime) -> str:
    secret = SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    await _add_secret(tx, client_id, hash_of(secret), now)
    return secret


async def _add_secret(tx: AsyncConnection, client_id: str, kept: bytes, now: datetime) -> None:
    row = {"id": ids.new_id(), "client_id": client_id, "secret_hash": kept, "created_at": now}
    await tx.execute(queries.INSERT_SECRET, row)
