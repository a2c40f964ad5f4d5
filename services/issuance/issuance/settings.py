"""What the issuance service is told from outside."""

from pydantic import Field, SecretStr, model_validator

from common.card_token import URI_BYTES_MAX
from common.settings import Key, ServiceSettings

LIST_NUMBER_DIGITS_MAX = 4


class Settings(ServiceSettings):
    service: str = "issuance"
    # Opens the private keys. Only the signer and the commands are given it: a web process or a
    # worker that is broken into can then sign nothing.
    signing_master_key: Key | None = None
    # The library of the device in which keys may live (PKCS#11), and the PIN of its user.
    pkcs11_module: str = ""
    pkcs11_pin: SecretStr = SecretStr("")
    # Where status lists are found; it is printed into every card and must stay true for years.
    status_list_url: str = ""
    # To which PINs are sealed: only redemption's worker can open them.
    pin_public_key: Key | None = None
    # Who issues the cards, as partners' systems and people read it in the trust bundle.
    trust_issuer: str = Field(default="Kartu Huma Betang Sejahtera", min_length=1, max_length=200)
    # For a demonstration only: a root key on the server itself, and the passphrase that opens it. A
    # real site keeps its root off line and gives neither.
    trust_root_file: str = ""
    trust_root_passphrase: SecretStr = SecretStr("")
    card_valid_years: int = Field(default=5, ge=1, le=10)

    @property
    def status_list_address(self) -> str:
        """The address to which a list's number is added."""
        return (self.status_list_url or f"{self.public_url.rstrip('/')}/s").rstrip("/")

    @model_validator(mode="after")
    def _address_must_fit_the_card(self) -> "Settings":
        room = URI_BYTES_MAX - LIST_NUMBER_DIGITS_MAX - 1
        if len(self.status_list_address) > room:
            raise ValueError(f"status_list_url must be at most {room} characters: it is in the QR")
        return self
