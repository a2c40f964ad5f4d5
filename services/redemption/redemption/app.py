"""The HTTP process of the redemption service."""

from fastapi import FastAPI

from common.api import build_app
from redemption.cards.identify import TrustedKeys
from redemption.companions import refusals as companion_refusals
from redemption.companions import routes as companions
from redemption.companions.pages import views as companion_pages
from redemption.complaints import refusals as complaint_refusals
from redemption.complaints.pages import receive_views as complaint_forms
from redemption.complaints.pages import views as complaint_pages
from redemption.cycles import routes as cycles
from redemption.cycles.pages import views as cycle_pages
from redemption.distribution import refusals as distribution_refusals
from redemption.distribution import routes as distribution
from redemption.distribution.pages import plan_views
from redemption.distribution.pages import views as distribution_pages
from redemption.entitlements import refusals as entitlement_refusals
from redemption.entitlements.pages import budget_views
from redemption.entitlements.pages import views as entitlement_pages
from redemption.journal import queries as journal_queries
from redemption.journal import refusals as journal_refusals
from redemption.journal import routes as journal
from redemption.journal.pages import held_views as held_pages
from redemption.journal.pages import views as conflict_pages
from redemption.leases import refusals as lease_refusals
from redemption.leases import routes as leases
from redemption.measures import refusals as measure_refusals
from redemption.measures.pages import views as measure_pages
from redemption.oversight import refusals as oversight_refusals
from redemption.oversight.pages import views as signal_pages
from redemption.partners import openapi_examples
from redemption.partners import refusals as partner_refusals
from redemption.partners import routes as partner_routes
from redemption.partners.pages import decision_views as partner_decisions
from redemption.partners.pages import edit_views as partner_forms
from redemption.partners.pages import one_views as partner_page
from redemption.partners.pages import views as partner_pages
from redemption.payments import refusals as payment_refusals
from redemption.payments.pages import run_views as run_pages
from redemption.payments.pages import views as payment_pages
from redemption.pins import refusals as pin_refusals
from redemption.policies import refusals as policy_refusals
from redemption.policies.pages import views as policy_pages
from redemption.redeeming import at_counter
from redemption.redeeming import routes as redeeming
from redemption.redeeming.pages import counter, giving
from redemption.redeeming.pages import views as redemption_pages
from redemption.refusals import REFUSALS
from redemption.scanner import routes as scanner
from redemption.settings import Settings
from redemption.settlement import openapi_examples as settlement_examples
from redemption.settlement import refusals as settlement_refusals
from redemption.settlement import routes as settlement
from redemption.settlement import settlement_routes as settlements
from redemption.settlement.pages import settlements as settlement_pages
from redemption.settlement.pages import views as statement_pages
from redemption.terminals import admin_routes as terminal_admin
from redemption.terminals import authenticate
from redemption.terminals import refusals as terminal_refusals
from redemption.terminals import routes as terminals
from redemption.terminals.pages import views as terminal_pages

PAGES = (
    "companions",
    "complaints",
    "cycles",
    "measures",
    "oversight",
    "distribution",
    "entitlements",
    "journal",
    "partners",
    "payments",
    "policies",
    "redeeming",
    "settlement",
    "terminals",
)
TEMPLATES = {name: f"redemption.{name}.pages" for name in PAGES} | {
    "scanner": "redemption.scanner.web"
}

# What each room refuses in its own words; refusals that several rooms share are below them.
ROOM_REFUSALS = {
    **companion_refusals.REFUSALS,
    **complaint_refusals.REFUSALS,
    **oversight_refusals.REFUSALS,
    **entitlement_refusals.REFUSALS,
    **policy_refusals.REFUSALS,
    **journal_refusals.REFUSALS,
    **lease_refusals.REFUSALS,
    **measure_refusals.REFUSALS,
    **distribution_refusals.REFUSALS,
    **partner_refusals.REFUSALS,
    **pin_refusals.REFUSALS,
    **payment_refusals.REFUSALS,
    **settlement_refusals.REFUSALS,
    **terminal_refusals.REFUSALS,
}

# Routes are tried one after the other: what is asked most stands first.
ROUTERS = [
    redeeming.router,
    terminals.router,
    leases.router,
    journal.router,
    held_pages.router,
    conflict_pages.router,
    terminal_admin.router,
    terminal_pages.router,
    partner_routes.router,
    settlement.router,
    settlements.router,
    run_pages.router,
    payment_pages.router,
    settlement_pages.router,
    counter.router,
    giving.router,
    redemption_pages.router,
    statement_pages.router,
    partner_pages.router,
    partner_forms.router,
    partner_decisions.router,
    partner_page.router,
    companions.router,
    companion_pages.router,
    complaint_forms.router,
    complaint_pages.router,
    measure_pages.router,
    signal_pages.router,
    scanner.router,
    cycles.router,
    cycle_pages.router,
    entitlement_pages.router,
    budget_views.router,
    policy_pages.router,
    distribution.router,
    plan_views.router,
    distribution_pages.router,
]


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app; `uvicorn redemption.app:create_app --factory` serves it."""
    return build_app(
        settings or Settings(),
        title="Kartu Huma Betang Sejahtera: redemption",
        routers=ROUTERS,
        refusals={**REFUSALS, **ROOM_REFUSALS},
        template_packages=TEMPLATES,
        prepare=prepare,
    )


def prepare(app: FastAPI) -> None:
    """Give the app what lives as long as its process."""
    app.state.trusted_keys = TrustedKeys()
    at_counter.prepare(app)
    authenticate.prepare(app)
    openapi_examples.attach(app)
    settlement_examples.attach(app)
    # The page of terminals shows it; a journal knows its terminal, so not the other way round.
    app.state.journals_of_terminals = journal_queries.latest_of_many
    app.state.marks_of_lines = journal_queries.marks_of
