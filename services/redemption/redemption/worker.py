"""The event process of the redemption service: `python -m redemption.worker`."""

from common.worker import Handlers, main
from redemption.settings import Settings


def handlers() -> Handlers:
    """Return what this service does about each event."""
    return {}


if __name__ == "__main__":
    main(Settings(), handlers())
