"""The HTTP process of the redemption service."""

from fastapi import FastAPI

from common.api import build_app
from redemption.cards.identify import TrustedKeys
from redemption.redeeming import routes as redeeming
from redemption.refusals import REFUSALS
from redemption.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app; `uvicorn redemption.app:create_app --factory` serves it."""
    return build_app(
        settings or Settings(),
        title="Kartu Huma Betang Sejahtera: redemption",
        routers=[redeeming.router],
        refusals=REFUSALS,
        template_packages={},
        prepare=prepare,
    )


def prepare(app: FastAPI) -> None:
    """Give the app what lives as long as its process."""
    app.state.trusted_keys = TrustedKeys()
