"""The event process of the issuance service: `python -m issuance.worker`.

It also signs cards and status lists and makes print files; it is the process with the master key.
"""

from common.worker import main
from issuance.cards.expire import expire_cards
from issuance.cards.handlers import handlers
from issuance.cards.jobs import sign_orders
from issuance.cards.settle import settle_cards
from issuance.printing.jobs import make_print_files
from issuance.settings import Settings
from issuance.status.jobs import publish_status_lists

if __name__ == "__main__":
    settings = Settings()
    main(
        settings,
        handlers(settings),
        [
            sign_orders(settings),
            publish_status_lists(settings),
            make_print_files(settings),
            expire_cards,
            settle_cards,
        ],
    )
