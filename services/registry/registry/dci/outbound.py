"""Calling another agency's address: agreed beforehand, never one of our own network's machines."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httpx2 as httpx

TIMEOUT_S = 10.0
ANSWER_BYTES_MAX = 64 * 1024
ADDRESS_CHARACTERS_MAX = 300


class NotCallable(Exception):
    """An address cannot be called; the text says why, and is ours."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What a site allows: `private` its own networks, `loopback` this machine without TLS."""

    private: bool = False
    loopback: bool = False


def demand_address(address: str, policy: Policy) -> SplitResult:
    """Read an address that may be agreed on; raises NotCallable."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise NotCallable("a host and a path, nothing else") from error
    is_local = parts.scheme == "http" and policy.loopback and _is_loopback(parts.hostname or "")
    if parts.scheme != "https" and not is_local:
        raise NotCallable("https is needed")
    has_more = parts.username or parts.password or parts.query or parts.fragment
    if not parts.hostname or has_more or port == 0 or len(address) > ADDRESS_CHARACTERS_MAX:
        raise NotCallable("a host and a path, nothing else")
    if not _is_plain(parts.path):
        raise NotCallable("a plain path is needed")
    return parts


def _is_plain(path: str) -> bool:
    """Tell whether a path leads where it seems to: no dots that climb, nothing escaped."""
    return not any(part in {".", ".."} for part in path.split("/")) and "%" not in path


def is_agreed(address: str, agreed: Iterable[str]) -> bool:
    """Tell whether an address is one that was agreed on, or lies below one."""
    try:
        one = urlsplit(address)
        asked = (one.scheme, one.hostname, one.port)
    except ValueError:
        return False
    if one.username is not None or one.query or one.fragment or not _is_plain(one.path):
        return False
    for base in map(urlsplit, agreed):
        same_host = asked == (base.scheme, base.hostname, base.port)
        path = base.path.rstrip("/")
        if same_host and (one.path == path or one.path.startswith(f"{path}/")):
            return True
    return False


async def post(address: str, body: Any, policy: Policy) -> int:
    """Send a message; return the status of the answer, which is not read further.

    The host is looked up once, judged, and called by the very address that was judged, so that a
    second look-up cannot lead elsewhere. Raises NotCallable; httpx.HTTPError when it fails.
    """
    parts = demand_address(address, policy)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    target = await _resolved(host, port, policy)
    at = f"[{target}]" if ":" in target else target
    url = f"{parts.scheme}://{at}:{port}{parts.path or '/'}"
    named = host if parts.port is None else f"{host}:{parts.port}"
    async with httpx.AsyncClient(
        timeout=TIMEOUT_S, follow_redirects=False, trust_env=False
    ) as client:
        request = client.build_request(
            "POST", url, json=body, headers={"host": named}, extensions={"sni_hostname": host}
        )
        async with asyncio.timeout(TIMEOUT_S * 2):
            answer = await client.send(request, stream=True)
            await answer.aclose()
    return int(answer.status_code)


async def _resolved(host: str, port: int, policy: Policy) -> str:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise NotCallable("the host has no address") from error
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    if not addresses or not all(_is_allowed(one, policy) for one in addresses):
        raise NotCallable("the address lies in a network that is not called")
    return addresses[0]


def _is_allowed(address: str, policy: Policy) -> bool:
    one = ipaddress.ip_address(address)
    one = getattr(one, "ipv4_mapped", None) or one
    if one.is_loopback:
        return policy.loopback
    # Ways into a network by an address of another kind: 6to4, Teredo, and the old site-local.
    if isinstance(one, ipaddress.IPv6Address) and (
        one.sixtofour is not None or one.teredo is not None or one.is_site_local
    ):
        return False
    if one.is_link_local or one.is_multicast or one.is_unspecified or one.is_reserved:
        return False
    return one.is_global or (policy.private and one.is_private)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
