"""The event process of the issuance service: `python -m issuance.worker`.

It also signs cards and status lists and makes print files; it is the process with the master key.
"""

from common.worker import main
from issuance.cards.handlers import handlers
from issuance.cards.jobs import sign_orders
from issuance.settings import Settings

if __name__ == "__main__":
    settings = Settings()
    main(settings, handlers(settings), [sign_orders(settings)])
