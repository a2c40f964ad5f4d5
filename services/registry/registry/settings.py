"""What the registry service is told from outside."""

from pydantic import SecretStr

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    service: str = "registry"
    # What `registry.cli prepare` makes known to the built-in issuer; the services have the same
    # as their own OIDC_CLIENT_SECRET.
    oidc_client_secret_issuance: SecretStr = SecretStr("")
    oidc_client_secret_redemption: SecretStr = SecretStr("")
    # Other agencies' systems may be called back in private networks (an intranet between agencies).
    dci_private_callbacks: bool = False
