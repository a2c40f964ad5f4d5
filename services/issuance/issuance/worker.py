"""The event process of the issuance service: `python -m issuance.worker`."""

from common.worker import Handlers, main
from issuance.settings import Settings


def handlers() -> Handlers:
    """Return what this service does about each event."""
    return {}


if __name__ == "__main__":
    main(Settings(), handlers())
