"""The HTTP process of the issuance service."""

from fastapi import FastAPI

from common.api import build_app
from issuance.refusals import REFUSALS
from issuance.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app; `uvicorn issuance.app:create_app --factory` serves it."""
    return build_app(
        settings or Settings(),
        title="Kartu Huma Betang Sejahtera: issuance",
        routers=[],
        refusals=REFUSALS,
        template_packages={},
    )
