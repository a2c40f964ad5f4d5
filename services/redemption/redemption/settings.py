"""What the redemption service is told from outside."""

from common.settings import Key, ServiceSettings


class Settings(ServiceSettings):
    service: str = "redemption"
    # Opens the PINs that families choose at the card desk. Only the worker is given it.
    pin_private_key: Key | None = None
