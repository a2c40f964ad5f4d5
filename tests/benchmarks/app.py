"""The redemption app with one more endpoint, which does nothing: the ceiling to compare with."""

from fastapi import APIRouter, Depends, FastAPI

from common.auth.principal import public
from redemption import app as redemption

NOOP = "/v1/noop"


def create_app() -> FastAPI:
    """Return the service's own app, middleware and all, with the empty endpoint in it."""
    app = redemption.create_app()
    router = APIRouter(dependencies=[Depends(public("it does nothing"))])

    @router.post(NOOP)
    async def post_noop() -> dict[str, str]:
        """Do nothing."""
        return {}

    app.include_router(router)
    return app
