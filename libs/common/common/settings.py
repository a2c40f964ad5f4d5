"""What a service process is told from outside; read once, at start, never at import."""

import base64
import binascii
import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretBytes, SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

KEY_BYTES = 32


def decode_key(value: object) -> object:
    """Turn 32 bytes of base64url text into a key; raises ValueError naming the rule."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise ValueError("a key is 32 bytes as base64url") from error
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key is {KEY_BYTES} bytes as base64url, this has {len(key)}")
    return key


def encode_key(key: bytes) -> str:
    """Return a key in the form that settings read."""
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


Key = Annotated[SecretBytes, BeforeValidator(decode_key)]


class SecretFiles(PydanticBaseSettingsSource):
    """Reads NAME_FILE=/path for any setting NAME, the way orchestrators hand out secrets."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002 - the signature is pydantic's
        field_name: str,
    ) -> tuple[Any, str, bool]:
        """Return the content of the file named for this setting, if one is."""
        path = os.environ.get(f"{field_name.upper()}_FILE")
        return (Path(path).read_text().strip() if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return every setting that has a file."""
        found = {}
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                found[key] = value
        return found


class ServerSettings(BaseSettings):
    """Where the servers are: all that a command needs. Nothing here has a default on purpose."""

    # An error about a key must not print the key.
    model_config = SettingsConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    # With passwords in them: not in the settings' printed form.
    database_url: str = Field(repr=False)
    amqp_url: str = Field(default="", repr=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the code, then the environment, then secret files."""
        return init_settings, env_settings, SecretFiles(settings_cls)


class ServiceSettings(ServerSettings):
    """Settings that every service has."""

    service: str
    amqp_url: str = Field(repr=False)
    public_url: str
    registry_url: str = "http://127.0.0.1:8001"
    issuance_url: str = "http://127.0.0.1:8002"
    redemption_url: str = "http://127.0.0.1:8003"

    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_audience: str = "khbs"
    oidc_roles_claim: str = "roles"
    # Some providers renew a sign-in only for "openid profile offline_access"; Keycloak does
    # without, and there it would make sign-ins that outlive a sign-out.
    oidc_scope: str = "openid profile"
    # Where this process reaches the issuer, when that is not where browsers do.
    oidc_internal_url: str = ""

    sealing_key: Key
    blind_index_key: Key
    event_sealing_key: Key
    session_key: Key

    log_level: str = "INFO"
    db_pool_size: int = Field(default=10, ge=1, le=100)
    demo: bool = False
    demo_password: SecretStr = SecretStr("")
    demo_totp_secret: SecretStr = SecretStr("")

    @property
    def issuer(self) -> str:
        """Who signs the tokens that are trusted: the provider given, else the registry."""
        return (self.oidc_issuer or self.registry_url).rstrip("/")

    @property
    def client_id(self) -> str:
        """The name by which this service is known to the issuer."""
        return self.oidc_client_id or self.service
