"""The process with the keys: `python -m issuance.signer`.

It alone (with the commands) is given SIGNING_MASTER_KEY and the PIN of a device. It answers no HTTP
and hears no messages: what there is to sign it finds in the database, and there it leaves it. Any
number of them share the work.
"""

from common.process import run_loops, run_until_told
from issuance.cards.jobs import sign_orders
from issuance.settings import Settings
from issuance.signing.jobs import sign_requests
from issuance.status.jobs import publish_status_lists

NAME = "signer"


def main() -> None:
    """Sign until SIGTERM; what was not committed by then is found again by the next signer."""
    settings = Settings()
    jobs = {
        "cards": sign_orders(settings),
        "status lists": publish_status_lists(settings),
        "requests": sign_requests(settings),
    }
    run_until_told(settings, lambda: run_loops(settings, NAME, jobs))


if __name__ == "__main__":
    main()
