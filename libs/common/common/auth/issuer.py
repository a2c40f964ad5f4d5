"""The issuer as a service sees it: what it publishes about itself, and its keys."""

import time
from typing import Any

import httpx2 as httpx
import structlog

from common.problems import Refused

TIMEOUT_S = 5.0
METADATA_AGE_MAX_S = 600.0
DISCOVERY_PATH = "/.well-known/openid-configuration"

log = structlog.get_logger()


class Issuer:
    """Whoever signs people in: the registry's own accounts or an outside provider.

    `internal_address` is where this process reaches the issuer when that is not where browsers
    do. `transport` is set when the issuer is this very process.
    """

    def __init__(self, address: str, *, internal_address: str = "") -> None:
        self.address = address.rstrip("/")
        self.transport: httpx.AsyncBaseTransport | None = None
        self._internal = internal_address.rstrip("/")
        self._found: dict[str, Any] = {}
        self._found_at = 0.0

    def reach(self, url: str) -> str:
        """Return an address of the issuer as this process reaches it."""
        is_ours = url == self.address or url.startswith(f"{self.address}/")
        return self._internal + url[len(self.address) :] if self._internal and is_ours else url

    async def metadata(self) -> dict[str, Any]:
        """Return the discovery document (OpenID Connect Discovery 1.0 §4).

        Raises Refused issuer_unreachable, also when the document is another issuer's.
        """
        if not self._found or time.monotonic() - self._found_at > METADATA_AGE_MAX_S:
            found = await self._get(self.address + DISCOVERY_PATH)
            if str(found.get("issuer", "")).rstrip("/") != self.address:
                log.error("the discovery document names another issuer")
                raise Refused("issuer_unreachable")
            self._found, self._found_at = found, time.monotonic()
        return self._found

    async def endpoint(self, name: str) -> str:
        """Return an endpoint of the issuer ("token_endpoint"); raises Refused."""
        found = await self.metadata()
        if name not in found:
            log.error("the issuer does not publish an endpoint that is needed", reason=name)
            raise Refused("issuer_unreachable")
        return str(found[name])

    async def keys(self) -> dict[str, Any]:
        """Return the published key set; raises Refused issuer_unreachable."""
        return await self._get(await self.endpoint("jwks_uri"))

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=TIMEOUT_S, transport=self.transport) as http:
                answer = await http.get(self.reach(url))
            answer.raise_for_status()
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            log.warning("the issuer did not answer", error=type(error).__name__)
            raise Refused("issuer_unreachable") from error
        if not isinstance(found, dict):
            raise Refused("issuer_unreachable")
        return found
