"""The HTTP process of the registry service."""

from fastapi import FastAPI

from common.api import build_app
from registry.refusals import REFUSALS
from registry.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app; `uvicorn registry.app:create_app --factory` serves it."""
    return build_app(
        settings or Settings(),
        title="Kartu Huma Betang Sejahtera: registry",
        routers=[],
        refusals=REFUSALS,
        template_packages={},
    )
