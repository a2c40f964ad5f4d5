"""The HTTP process of the issuance service."""

from fastapi import FastAPI

from common.api import build_app
from common.sealed_to import SealedTo
from issuance.cards import refusals as card_refusals
from issuance.cards import routes as cards
from issuance.cards.replace_many import cards_by_key
from issuance.desk import refusals as desk_refusals
from issuance.desk.pages import act_views as card_acts
from issuance.desk.pages import views as card_pages
from issuance.handing_over import refusals as handover_refusals
from issuance.handing_over import routes as handing_over
from issuance.handing_over.pages import app_views as handover_app
from issuance.handing_over.pages import card_views as handover_cards
from issuance.handing_over.pages import check_views as handover_checks
from issuance.handing_over.pages import views as handover_pages
from issuance.photos import refusals as photo_refusals
from issuance.photos.pages import views as photo_pages
from issuance.pins import refusals as pin_refusals
from issuance.pins.pages import views as pin_pages
from issuance.printing import refusals as print_refusals
from issuance.printing import routes as printing
from issuance.printing.pages import part_views as print_part_pages
from issuance.printing.pages import views as print_pages
from issuance.refusals import REFUSALS
from issuance.settings import Settings
from issuance.signing import refusals as key_refusals
from issuance.signing import routes as signing
from issuance.signing.pages import views as key_pages
from issuance.status import routes as status
from issuance.trust import routes as trust
from issuance.trust.pages import views as trust_pages

ROUTERS = (
    cards.router,
    handing_over.router,
    handover_app.router,
    handover_checks.router,
    handover_pages.router,
    handover_cards.router,
    printing.router,
    signing.router,
    status.router,
    trust.router,
    card_pages.router,
    card_acts.router,
    pin_pages.router,
    photo_pages.router,
    print_pages.router,
    print_part_pages.router,
    key_pages.router,
    trust_pages.router,
)
ALL_REFUSALS = {
    **REFUSALS,
    **card_refusals.REFUSALS,
    **desk_refusals.REFUSALS,
    **handover_refusals.REFUSALS,
    **key_refusals.REFUSALS,
    **photo_refusals.REFUSALS,
    **pin_refusals.REFUSALS,
    **print_refusals.REFUSALS,
}
ROOMS_WITH_PAGES = (
    "desk",
    "handing_over",
    "photos",
    "pins",
    "printing",
    "signing",
    "trust",
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the app; `uvicorn issuance.app:create_app --factory` serves it."""
    return build_app(
        settings or Settings(),
        title="Kartu Huma Betang Sejahtera: issuance",
        routers=ROUTERS,
        refusals=ALL_REFUSALS,
        template_packages={room: f"issuance.{room}.pages" for room in ROOMS_WITH_PAGES},
        prepare=prepare,
    )


def prepare(app: FastAPI) -> None:
    """Give the app what lives as long as its process."""
    key = app.state.settings.pin_public_key
    app.state.pin_receiver = SealedTo(key.get_secret_value()) if key else None
    # Keys know nothing of cards; the page that shows both is told here how many there are.
    app.state.cards_by_key = cards_by_key
    # What /readyz asks for besides the worker.
    app.state.processes = ("signer",)
