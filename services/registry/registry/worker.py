"""The event process of the registry service: `python -m registry.worker`."""

from common.worker import Handlers, main
from registry.settings import Settings


def handlers() -> Handlers:
    """Return what this service does about each event."""
    return {}


if __name__ == "__main__":
    main(Settings(), handlers())
