"""What the redemption service is told from outside."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    service: str = "redemption"
