"""The HTTP process of the registry service."""

from fastapi import FastAPI

from common.api import build_app
from registry.accounts import refusals as account_refusals
from registry.accounts.issuer import add_issuer
from registry.accounts.pages.routers import ROUTERS as ACCOUNT_ROUTERS
from registry.cards.pages import views as card_pages
from registry.changes import refusals as change_refusals
from registry.changes.pages import views as change_pages
from registry.changes.routes import router as changes_router
from registry.dci import refusals as dci_refusals
from registry.dci.calling import add_exchange
from registry.dci.pages.routers import ROUTERS as AGENCY_ROUTERS
from registry.dci.routes import ROUTERS as EXCHANGE_ROUTERS
from registry.eligibility import refusals as eligibility_refusals
from registry.eligibility.pages import views as eligibility_pages
from registry.eligibility.pages.routers import ROUTERS as ELIGIBILITY_ROUTERS
from registry.eligibility.routes import router as eligibility_router
from registry.enrolment import refusals as enrolment_refusals
from registry.enrolment.checking_routes import router as checking_router
from registry.enrolment.pages import acts as enrolment_acts
from registry.enrolment.pages import checks as enrolment_checks
from registry.enrolment.pages import views as enrolment_pages
from registry.enrolment.routes import router as enrolment_router
from registry.flags import refusals as flags_refusals
from registry.flags.pages import views as flags_pages
from registry.flags.routes import router as flags_router
from registry.intake import refusals as intake_refusals
from registry.intake.pages import changes as import_change_pages
from registry.intake.pages import columns as column_pages
from registry.intake.pages import template as template_pages
from registry.intake.pages import views as intake_pages
from registry.intake.routes import router as intake_router
from registry.matching import refusals as matching_refusals
from registry.matching.pages import desk_views as desk_pages
from registry.matching.pages import views as matching_pages
from registry.matching.routes import router as matching_router
from registry.objections import refusals as objections_refusals
from registry.objections.pages import receive_views as objection_forms
from registry.objections.pages import views as objection_pages
from registry.objections.routes import router as objections_router
from registry.payments.pages import views as payment_pages
from registry.people import refusals as people_refusals
from registry.people.pages import history as history_pages
from registry.people.pages import views as people_pages
from registry.people.panels import MakePanel
from registry.people.routes import router as people_router
from registry.privacy import refusals as privacy_refusals
from registry.privacy.pages import copy_views, decision_views, incident_views, personal_views
from registry.privacy.pages import views as privacy_pages
from registry.refusals import REFUSALS
from registry.reports import dataset_routes
from registry.reports import refusals as reports_refusals
from registry.reports.pages import dataset_views as dataset_pages
from registry.reports.pages import views as progress_pages
from registry.reports.routes import router as progress_router
from registry.settings import Settings

# What a family's page shows beside its own: in this order.
HOUSEHOLD_PANELS: list[MakePanel] = [
    card_pages.household_panel,
    payment_pages.household_panel,
    flags_pages.household_panel,
    matching_pages.household_panel,
    eligibility_pages.household_panel,
    enrolment_pages.household_panel,
    change_pages.household_panel,
    objection_pages.household_panel,
    history_pages.household_panel,
]

ROUTERS = [
    people_router,
    people_pages.router,
    history_pages.router,
    flags_router,
    flags_pages.router,
    matching_router,
    matching_pages.router,
    desk_pages.router,
    intake_router,
    template_pages.router,
    column_pages.router,
    import_change_pages.router,
    intake_pages.router,
    eligibility_router,
    *ELIGIBILITY_ROUTERS,
    enrolment_router,
    checking_router,
    enrolment_pages.router,
    enrolment_acts.router,
    enrolment_checks.router,
    changes_router,
    change_pages.router,
    objections_router,
    objection_forms.router,
    objection_pages.router,
    *ACCOUNT_ROUTERS,
    *EXCHANGE_ROUTERS,
    *AGENCY_ROUTERS,
    privacy_pages.router,
    decision_views.router,
    incident_views.router,
    personal_views.router,
    copy_views.router,
    progress_router,
    progress_pages.router,
    dataset_routes.router,
    dataset_routes.open_router,
    dataset_pages.router,
    dataset_pages.open_router,
]
CAPABILITY_REFUSALS = {
    **people_refusals.REFUSALS,
    **privacy_refusals.REFUSALS,
    **intake_refusals.REFUSALS,
    **eligibility_refusals.REFUSALS,
    **enrolment_refusals.REFUSALS,
    **account_refusals.REFUSALS,
    **flags_refusals.REFUSALS,
    **matching_refusals.REFUSALS,
    **objections_refusals.REFUSALS,
    **change_refusals.REFUSALS,
    **reports_refusals.REFUSALS,
    **dci_refusals.REFUSALS,
}
TEMPLATE_PACKAGES = {
    "people": "registry.people.pages",
    "cards": "registry.cards.pages",
    "payments": "registry.payments.pages",
    "intake": "registry.intake.pages",
    "eligibility": "registry.eligibility.pages",
    "enrolment": "registry.enrolment.pages",
    "accounts": "registry.accounts.pages",
    "privacy": "registry.privacy.pages",
    "flags": "registry.flags.pages",
    "matching": "registry.matching.pages",
    "objections": "registry.objections.pages",
    "changes": "registry.changes.pages",
    "reports": "registry.reports.pages",
    "dci": "registry.dci.pages",
}


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app; `uvicorn registry.app:create_app --factory` serves it."""
    return build_app(
        settings or Settings(),
        title="Kartu Huma Betang Sejahtera: registry",
        routers=ROUTERS,
        refusals={**REFUSALS, **CAPABILITY_REFUSALS},
        template_packages=TEMPLATE_PACKAGES,
        prepare=_prepare,
    )


def _prepare(app: FastAPI) -> None:
    app.state.household_panels = HOUSEHOLD_PANELS
    add_issuer(app)
    add_exchange(app)
