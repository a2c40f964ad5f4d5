"""The three services in the test's process, and browsers that go from one to another.

The services find each other by name over one transport instead of a network: every request,
redirect, cookie and header is real, only the sockets are not.
"""

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2 as httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.clients import settings_values

from registry.accounts import passwords
from registry.seed import prepare
from registry.settings import Settings as RegistrySettings

PASSWORD = "kopi hutan pagi-pagi"
CHEAP = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SECRETS = {name: secrets.token_hex(20) for name in ("registry", "issuance", "redemption")}
ADDRESSES = {name: f"http://{name}.test" for name in SECRETS}


class Hosts(httpx.AsyncBaseTransport):
    """Hands a request to the app whose host it names; a host that is away refuses it.

    `network` takes what is meant for no app, when a test has something real out there.
    """

    def __init__(self, network: httpx.AsyncBaseTransport | None = None) -> None:
        self._network = network
        self.apps: dict[str, FastAPI] = {}
        self.away: set[str] = set()
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        host = request.url.host
        if self._network is not None and host not in self.apps:
            return await self._network.handle_async_request(request)
        if host in self.away or host not in self.apps:
            raise httpx.ConnectError("away", request=request)
        transport = httpx.ASGITransport(
            app=self.apps[host],
            raise_app_exceptions=False,
            client=(request.extensions.get("from", "192.0.2.1"), 40000),
        )
        return await transport.handle_async_request(request)


class Page(HTMLParser):
    """The forms and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.words: list[str] = []
        self._in_form = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append({"action": given.get("action") or "", "fields": {}})
            self._in_form = True
        elif tag in {"input", "textarea", "select"} and self._in_form and given.get("name"):
            self.forms[-1]["fields"][given["name"]] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in_form = False

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.words.append(data.strip())

    def form(self, action: str) -> dict[str, str]:
        """Return what the form with this action would send."""
        for form in self.forms:
            if form["action"] == action:
                return dict(form["fields"])
        raise AssertionError(f"no form {action} among {[f['action'] for f in self.forms]}")


class Browser:
    """A browser: keeps cookies for each host, follows redirects, sends what forms have."""

    def __init__(self, hosts: Hosts, address: str) -> None:
        async def note_address(request: httpx.Request) -> None:
            request.extensions["from"] = address

        self.client = httpx.AsyncClient(
            transport=hosts,
            headers={"accept": "text/html"},
            event_hooks={"request": [note_address]},
        )
        self.last = httpx.Response(204)
        self.page = Page("")

    async def open(self, address: str) -> httpx.Response:
        return await self._follow(await self.client.get(address))

    async def send(self, action: str, **fields: str) -> httpx.Response:
        """Fill in the form with this action and send it, as the browser would."""
        given = {**self.page.form(action), **fields}
        address = urljoin(str(self.last.url), action)
        headers = {"sec-fetch-site": "same-origin", "origin": origin_of(address)}
        return await self._follow(await self.client.post(address, data=given, headers=headers))

    async def _follow(self, answer: httpx.Response) -> httpx.Response:
        for _ in range(20):
            if not answer.is_redirect:
                break
            answer = await self.client.get(urljoin(str(answer.url), answer.headers["location"]))
        else:
            raise AssertionError("redirected for ever")
        assert answer.status_code != 500, answer.text
        self.last = answer
        if "html" in answer.headers.get("content-type", ""):
            self.page = Page(answer.text)
        return answer

    @property
    def path(self) -> str:
        return urlsplit(str(self.last.url)).path

    @property
    def host(self) -> str:
        return str(self.last.url.host)

    def cookie(self, name: str, host: str) -> str:
        for cookie in self.client.cookies.jar:
            if cookie.name == name and cookie.domain.lstrip(".").startswith(host.split(":")[0]):
                return str(cookie.value)
        return ""


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


@dataclass
class World:
    hosts: Hosts
    apps: dict[str, FastAPI] = field(default_factory=dict)
    browsers: int = 0

    @property
    def registry_engine(self) -> AsyncEngine:
        engine: AsyncEngine = self.apps["registry"].state.engine
        return engine

    def browser(self, address: str = "") -> Browser:
        """Return a new browser, at an address of its own unless one is given."""
        self.browsers += 1
        own = f"10.{self.browsers >> 16}.{self.browsers >> 8 & 255}.{self.browsers & 255}"
        return Browser(self.hosts, address or own)

    async def sql(self, statement: str, service: str = "registry", **given: Any) -> Any:
        """Run a statement as the service; its rows, or how many it changed."""
        async with self.apps[service].state.engine.begin() as tx:
            found = await tx.execute(text(statement), given)
            return found.mappings().all() if found.returns_rows else found.rowcount

    async def actions(self, service: str = "registry") -> list[str]:
        rows = await self.sql("SELECT action FROM audit_log ORDER BY id", service)
        return [row["action"] for row in rows]


def settings_of(service: str, database_url: str, **more: Any) -> dict[str, Any]:
    """Return what the settings of a service need, with the registry as the issuer."""
    return {
        **settings_values(database_url),
        "oidc_issuer": "",
        "oidc_client_secret": SECRETS[service],
        "public_url": ADDRESSES[service],
        "registry_url": ADDRESSES["registry"],
        "issuance_url": ADDRESSES["issuance"],
        "redemption_url": ADDRESSES["redemption"],
        **more,
    }


def registry_settings(database_url: str, **more: Any) -> RegistrySettings:
    secrets_of_others = {
        f"oidc_client_secret_{name}": SECRETS[name] for name in ("issuance", "redemption")
    }
    demo = {"demo": True, "demo_password": PASSWORD, "demo_totp_secret": TOTP_SECRET}
    given = {**secrets_of_others, **demo, **more}
    return RegistrySettings(**settings_of("registry", database_url, **given))


async def prepared(settings: RegistrySettings) -> None:
    """Prepare a registry; what its dozen logins cost to guess is not what is tried with them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", CHEAP)
        await prepare(settings)


@asynccontextmanager
async def world_of(urls: Mapping[str, str], **more: Any) -> AsyncIterator[World]:
    """Run the services whose database URLs are given, prepared with the demonstration's logins."""
    import issuance.app
    import issuance.settings
    import redemption.app
    import redemption.settings
    import registry.app

    hosts = Hosts()
    world = World(hosts)
    settings = registry_settings(urls["registry"], **more)
    await prepared(settings)
    world.apps["registry"] = registry.app.create_app(settings)
    others = {"issuance": issuance, "redemption": redemption}
    for name in others.keys() & urls.keys():
        package = others[name]
        own = package.settings.Settings(**settings_of(name, urls[name], **more))
        world.apps[name] = package.app.create_app(own)
    async with contextlib.AsyncExitStack() as stack:
        for name, app in world.apps.items():
            await stack.enter_async_context(LifespanManager(app))
            hosts.apps[f"{name}.test"] = app
            if name != "registry":
                app.state.issuer.transport = hosts
        yield world
