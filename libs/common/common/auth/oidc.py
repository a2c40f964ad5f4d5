"""The OpenID Connect client of a service: code flow with PKCE, refresh, sign-out.

The registry's built-in accounts and any outside provider are used the same way.
"""

from typing import Any

import httpx2 as httpx
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc6749 import OAuth2Error

from common.settings import ServiceSettings

TIMEOUT_S = 5.0
SCOPE = "openid profile offline_access"
CALLBACK_PATH = "/auth/callback"


class Client:
    """Talks to the issuer for one service. Addresses come from its discovery document."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._settings = settings
        self._found: dict[str, Any] | None = None

    @property
    def redirect_uri(self) -> str:
        """Where the issuer sends the browser back to."""
        return self._settings.public_url.rstrip("/") + CALLBACK_PATH

    async def metadata(self) -> dict[str, Any]:
        """Return the issuer's discovery document; raises httpx.HTTPError when it is away."""
        if self._found is None:
            async with httpx.AsyncClient(timeout=TIMEOUT_S) as http:
                answer = await http.get(f"{self._settings.issuer}/.well-known/openid-configuration")
                answer.raise_for_status()
                self._found = answer.json()
        return self._found

    def _session(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            client_id=self._settings.client_id,
            client_secret=self._settings.oidc_client_secret.get_secret_value() or None,
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - the method's name
            redirect_uri=self.redirect_uri,
            scope=SCOPE,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
        )

    async def sign_in_address(self, *, state: str, nonce: str, verifier: str) -> str:
        """Return where to send the browser so that its person signs in."""
        found = await self.metadata()
        extra = {"resource": self._settings.oidc_audience} if self._settings.oidc_issuer else {}
        async with self._session() as session:
            address, _ = session.create_authorization_url(
                found["authorization_endpoint"],
                state=state,
                code_verifier=verifier,
                nonce=nonce,
                **extra,
            )
        return str(address)

    async def exchange(self, *, code: str, verifier: str) -> dict[str, Any]:
        """Trade the code for tokens; raises OAuth2Error or httpx.HTTPError."""
        found = await self.metadata()
        async with self._session() as session:
            return dict(
                await session.fetch_token(
                    found["token_endpoint"],
                    code=code,
                    code_verifier=verifier,
                    grant_type="authorization_code",
                )
            )

    async def refresh(self, refresh_token: str) -> dict[str, Any] | None:
        """Return new tokens, or None when the issuer has ended the session."""
        found = await self.metadata()
        async with self._session() as session:
            try:
                return dict(
                    await session.refresh_token(
                        found["token_endpoint"], refresh_token=refresh_token
                    )
                )
            except OAuth2Error:
                return None
