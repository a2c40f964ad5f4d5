"""What the registry service is told from outside."""

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    service: str = "registry"
