"""A service asks to have someone signed in (RFC 6749 §4.1, OpenID Connect Core §3.1.2)."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import ids
from registry.accounts import oauth_queries, queries
from registry.accounts.clients import hash_of, known

CODE_LIFE = timedelta(seconds=60)
CODE_BYTES = 32
VALUE_CHARACTERS_MAX = 1024
# RFC 7636 §4.2: SHA-256 as base64url.
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
SCOPES = frozenset({"openid", "profile", "offline_access"})


@dataclass(frozen=True, slots=True)
class Request:
    """A request whose client and way back are known to be right."""

    client_id: str
    redirect_uri: str
    state: str
    given: Mapping[str, str]

    @property
    def fault(self) -> str | None:
        """What is wrong with it as OAuth says it ("invalid_scope"), or None."""
        if self.given.get("response_type") != "code":
            return "unsupported_response_type"
        if "openid" not in self.given.get("scope", "").split():
            return "invalid_scope"
        is_proved = CHALLENGE.fullmatch(self.given.get("code_challenge", ""))
        if not is_proved or self.given.get("code_challenge_method") != "S256":
            return "invalid_request"
        return None

    @property
    def wants_no_page(self) -> bool:
        """Whether the answer must come without showing anything."""
        return self.given.get("prompt") == "none"

    def wants_fresh(self, signed_in_at: datetime, now: datetime) -> bool:
        """Tell whether the person must sign in again, though signed in already."""
        oldest = self.given.get("max_age", "")
        is_old = oldest.isdecimal() and (now - signed_in_at).total_seconds() > int(oldest[:9])
        return "login" in self.given.get("prompt", "").split() or is_old


async def read(tx: AsyncConnection, given: Sequence[tuple[str, str]]) -> Request | None:
    """Return the request, or None when it cannot even be answered by a redirect.

    An unknown client, a way back that is not exactly one of its own, or a parameter given twice:
    sending the browser on would make this an open redirector.
    """
    once = dict(given)
    is_plain = all(
        len(value) <= VALUE_CHARACTERS_MAX and value.isprintable() for value in once.values()
    )
    if len(once) != len(given) or not is_plain:
        return None
    client = await known(tx, once.get("client_id", ""))
    if client is None or client["disabled_at"] is not None:
        return None
    redirect_uri = once.get("redirect_uri", "")
    if redirect_uri not in client["redirect_uris"]:
        return None
    return Request(client["id"], redirect_uri, once.get("state", ""), once)


async def grant_code(tx: AsyncConnection, asked: Request, sign_in_id: UUID, now: datetime) -> str:
    """Return a code that the client trades for tokens, once, within CODE_LIFE."""
    grant_id = ids.new_id()
    scope = " ".join(word for word in asked.given["scope"].split() if word in SCOPES)
    grant: dict[str, Any] = {
        "id": grant_id,
        "sign_in_id": sign_in_id,
        "client_id": asked.client_id,
        "scope": scope,
        "nonce": asked.given.get("nonce"),
        "created_at": now,
    }
    await tx.execute(oauth_queries.INSERT_GRANT, grant)
    code = secrets.token_urlsafe(CODE_BYTES)
    await tx.execute(
        oauth_queries.INSERT_CODE,
        {
            "code_hash": hash_of(code),
            "grant_id": grant_id,
            "redirect_uri": asked.redirect_uri,
            "code_challenge": asked.given["code_challenge"],
            "expires_at": now + CODE_LIFE,
        },
    )
    await tx.execute(queries.TOUCH_SIGN_IN, {"sign_in_id": sign_in_id, "now": now})
    return code
