"""The security headers of every answer."""

import re
from collections.abc import Iterable
from typing import Protocol

from common.web.menu import Addresses

ADDRESS = re.compile(
    r"(?P<origin>https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]+)?)(?:/.*)?"
)
HSTS_AGE_S = 365 * 24 * 60 * 60


class Origins(Addresses, Protocol):
    """The settings that the headers depend on."""

    @property
    def issuer(self) -> str:
        """Who signs people in; forms may lead there."""

    @property
    def public_url(self) -> str:
        """The service's own address as a browser sees it."""


def security_headers(settings: Origins, *, wasm: bool = False) -> list[tuple[bytes, bytes]]:
    """Return the headers that every answer carries.

    `wasm` lets the page compile WebAssembly (the card scanner) and nothing else: no inline
    script, no inline style, no eval, no other site.
    """
    headers = [
        ("content-security-policy", content_security_policy(settings, wasm=wasm)),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("permissions-policy", permissions_policy()),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        # What does not say otherwise is about somebody. A terminal's request has a signature and
        # no Authorization header, by which caches would know to leave its answer alone.
        ("cache-control", "no-store"),
    ]
    if settings.public_url.startswith("https://"):
        headers.append(("strict-transport-security", f"max-age={HSTS_AGE_S}"))
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers]


def permissions_policy(*, geolocation: bool = False) -> str:
    """Return what a page may ask of the device; its place only where a page needs it."""
    place = "(self)" if geolocation else "()"
    return f"camera=(self), geolocation={place}, microphone=(), payment=(), usb=()"


def content_security_policy(
    settings: Origins, *, wasm: bool = False, connect: Iterable[str] = ()
) -> str:
    """Return the policy: only this site's own files, and forms only within the system.

    `connect` names the other sites of which a script may ask something (origins, no paths).
    """
    asked = " ".join(("'self'", *sorted({origin_of(one) for one in connect})))
    scripts = "'self' 'wasm-unsafe-eval'" if wasm else "'self'"
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            f"connect-src {asked}",
            f"form-action {' '.join(form_targets(settings))}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "media-src 'self' blob:",
        )
    )


def form_targets(settings: Origins) -> list[str]:
    """Return where forms may lead, redirects included: a sign-in goes over the issuer and back."""
    addresses = (
        settings.issuer,
        settings.registry_url,
        settings.issuance_url,
        settings.redemption_url,
    )
    others = {origin_of(address) for address in addresses} - {origin_of(settings.public_url)}
    return ["'self'", *sorted(others)]


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address; ValueError when it is not a plain one.

    The host goes into a header: a character that could end a rule and begin another is refused.
    """
    found = ADDRESS.fullmatch(url)
    if found is None:
        raise ValueError("an origin is http(s)://host[:port], without a user name")
    return found["origin"].lower()
