"""What the issuance service is told from outside."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    service: str = "issuance"
