"""The OpenID Connect client of a service: code flow with PKCE, refresh, sign-out.

The registry's built-in accounts and any outside provider are used the same way.
"""

from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2 as httpx
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from common.auth.issuer import TIMEOUT_S, Issuer
from common.problems import Refused
from common.settings import ServiceSettings

CALLBACK_PATH = "/auth/callback"
# The issuer's word that a grant is over; anything else it says may pass.
GRANT_IS_OVER = "invalid_grant"

log = structlog.get_logger()


class Client:
    """Talks to the issuer for one service. Addresses come from its discovery document."""

    def __init__(self, settings: ServiceSettings, issuer: Issuer) -> None:
        self._settings = settings
        self._issuer = issuer

    @property
    def home(self) -> str:
        """Where a browser finds the service."""
        return self._settings.public_url.rstrip("/") + "/"

    def _session(self) -> AsyncOAuth2Client:
        secret = self._settings.oidc_client_secret.get_secret_value()
        return AsyncOAuth2Client(
            client_id=self._settings.client_id,
            client_secret=secret or None,
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
            redirect_uri=self.home.rstrip("/") + CALLBACK_PATH,
            scope=self._settings.oidc_scope,
            code_challenge_method="S256",
            timeout=TIMEOUT_S,
            transport=self._issuer.transport,
        )

    async def sign_in_address(
        self, *, state: str, nonce: str, verifier: str, max_age_s: int | None = None
    ) -> str:
        """Return where to send the browser so that its person signs in; raises Refused.

        With `max_age_s` the person is asked again who signed in longer ago, and the id token says
        when that was (OIDC Core §3.1.2.1).
        """
        endpoint = await self._issuer.endpoint("authorization_endpoint")
        asked = self._resource() | ({} if max_age_s is None else {"max_age": str(max_age_s)})
        async with self._session() as session:
            address, _ = session.create_authorization_url(
                endpoint, state=state, code_verifier=verifier, nonce=nonce, **asked
            )
        return str(address)

    def _resource(self) -> dict[str, str]:
        """Name the audience as a resource when it is a URI (RFC 8707 §2).

        Some providers make a JWT for an audience only when they are asked this way; others
        (Keycloak) ignore it and take the audience from their own settings.
        """
        audience = self._settings.oidc_audience
        return {"resource": audience} if urlsplit(audience).scheme else {}

    async def check_issuer(self, named: str) -> None:
        """Refuse an answer that another issuer sent (RFC 9207): sign_in_failed."""
        found = await self._issuer.metadata()
        is_promised = bool(found.get("authorization_response_iss_parameter_supported"))
        if (named or is_promised) and named != found["issuer"]:
            raise Refused("sign_in_failed")

    async def exchange(self, *, code: str, verifier: str) -> dict[str, Any]:
        """Trade the code for tokens; raises Refused sign_in_failed or issuer_unreachable."""
        try:
            return await self._ask_tokens(
                grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except AuthlibBaseError as refusal:
            log.warning("the issuer refused a code", reason=refusal.error)
            raise Refused("sign_in_failed") from refusal

    async def refresh(self, refresh_token: str) -> dict[str, Any] | None:
        """Return new tokens, or None when the issuer has ended the session.

        Raises Refused issuer_unreachable, also when the issuer refuses for another reason.
        """
        try:
            return await self._ask_tokens(grant_type="refresh_token", refresh_token=refresh_token)
        except AuthlibBaseError as refusal:
            if refusal.error == GRANT_IS_OVER:
                return None
            log.error("the issuer refused a renewal", reason=refusal.error)
            raise Refused("issuer_unreachable") from refusal

    async def _ask_tokens(self, *, grant_type: str, **given: str) -> dict[str, Any]:
        endpoint = self._issuer.reach(await self._issuer.endpoint("token_endpoint"))
        try:
            async with self._session() as session:
                found = dict(
                    await session.fetch_token(
                        endpoint, grant_type=grant_type, **given, **self._resource()
                    )
                )
        except (httpx.HTTPError, ValueError) as error:
            log.warning("the issuer did not answer", error=type(error).__name__)
            raise Refused("issuer_unreachable") from error
        if "access_token" not in found:
            raise Refused("issuer_unreachable")
        return found

    async def sign_out_address(self, id_token: str | None) -> str:
        """Return where to send a browser so that its session at the issuer ends as well.

        An issuer without such an address only loses our session.
        """
        found = await self._issuer.metadata()
        if "end_session_endpoint" not in found:
            return self.home
        asked = {"client_id": self._settings.client_id, "post_logout_redirect_uri": self.home}
        if id_token:
            asked["id_token_hint"] = id_token
        return f"{found['end_session_endpoint']}?{urlencode(asked)}"
