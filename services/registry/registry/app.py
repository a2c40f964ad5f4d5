"""The HTTP process of the registry service."""

from fastapi import FastAPI

from common.api import build_app
from registry.eligibility import refusals as eligibility_refusals
from registry.eligibility.routes import router as eligibility_router
from registry.enrolment import refusals as enrolment_refusals
from registry.enrolment.routes import router as enrolment_router
from registry.intake import refusals as intake_refusals
from registry.intake.routes import router as intake_router
from registry.people import refusals as people_refusals
from registry.people.routes import router as people_router
from registry.refusals import REFUSALS
from registry.settings import Settings


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app; `uvicorn registry.app:create_app --factory` serves it."""
    return build_app(
        settings or Settings(),
        title="Kartu Huma Betang Sejahtera: registry",
        routers=[people_router, intake_router, eligibility_router, enrolment_router],
        refusals={
            **REFUSALS,
            **people_refusals.REFUSALS,
            **intake_refusals.REFUSALS,
            **eligibility_refusals.REFUSALS,
            **enrolment_refusals.REFUSALS,
        },
        template_packages={},
    )
