"""The event process of the issuance service: `python -m issuance.worker`.

It also makes print files and does what falls due. It has no key: `issuance.signer` signs.
"""

from common.settings import ServiceSettings
from common.worker import Handlers, main
from issuance.cards import handlers as cards
from issuance.cards.expire import expire_cards
from issuance.cards.replace_many import replace_cards_of_stolen_keys
from issuance.cards.settle import settle_cards
from issuance.pins import handlers as pins
from issuance.printing.jobs import print_jobs
from issuance.settings import Settings


def handlers(settings: ServiceSettings) -> Handlers:
    """Return what this service does about each event."""
    return {**cards.handlers(settings), **pins.HANDLERS}


if __name__ == "__main__":
    settings = Settings()
    main(
        settings,
        handlers(settings),
        [
            *print_jobs(settings),
            expire_cards,
            settle_cards,
            replace_cards_of_stolen_keys,
        ],
    )
