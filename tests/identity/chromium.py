"""The three services on real addresses of this machine, for a real browser."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from fastapi import FastAPI
from tests.identity.world import SECRETS, Hosts, World, prepared, registry_settings, settings_of

SERVICES = ("registry", "issuance", "redemption")


@asynccontextmanager
async def served(app: FastAPI, listening: socket.socket) -> AsyncIterator[None]:
    """Serve an app on a socket that listens already, with its lifespan."""
    config = uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def served_world(new_database: Callable[[str], str]) -> AsyncIterator[tuple[World, Any]]:
    """Run the services at http://127.0.0.1:PORT; give them with their addresses."""
    import issuance.app
    import issuance.settings
    import redemption.app
    import redemption.settings
    import registry.app

    async with contextlib.AsyncExitStack() as stack:
        sockets = {
            name: stack.enter_context(socket.create_server(("127.0.0.1", 0))) for name in SERVICES
        }
        address = {
            name: f"http://127.0.0.1:{one.getsockname()[1]}" for name, one in sockets.items()
        }
        urls = {f"{name}_url": address[name] for name in SERVICES}
        world = World(Hosts())
        settings = registry_settings(
            new_database("registry"), **urls, public_url=address["registry"]
        )
        await prepared(settings)
        world.apps["registry"] = registry.app.create_app(settings)
        for name, package in (("issuance", issuance), ("redemption", redemption)):
            values = settings_of(name, new_database(name), **urls, public_url=address[name])
            own = package.settings.Settings(**values | {"oidc_client_secret": SECRETS[name]})
            world.apps[name] = package.app.create_app(own)
        for name, app in world.apps.items():
            await stack.enter_async_context(served(app, sockets[name]))
        yield world, address
