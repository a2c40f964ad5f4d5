"""What the redemption service is told from outside."""

from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import NoDecode

from common.cose_keys import RootKey
from common.settings import Key, ServiceSettings
from common.web.headers import origin_of

BUNDLE_PATH = "/trust/bundle.cbor"
# Raw public keys: 32 bytes are Ed25519, 65 uncompressed ones are ES256.
_ALGORITHMS = {32: "Ed25519", 65: "ES256"}
ROOTS_MAX = 4


def read_roots(value: object) -> object:
    """Return root keys from hexadecimal text, separated by commas; raises ValueError."""
    if not isinstance(value, str):
        return value
    raw = [bytes.fromhex(one) for one in (part.strip() for part in value.split(",")) if one]
    if len(raw) > ROOTS_MAX or any(len(one) not in _ALGORITHMS for one in raw):
        raise ValueError(f"at most {ROOTS_MAX} public keys of 32 or 65 bytes, as hexadecimal text")
    return tuple(RootKey(_ALGORITHMS[len(one)], one) for one in raw)  # type: ignore[arg-type]


class Settings(ServiceSettings):
    service: str = "redemption"
    # Opens the PINs that families choose at the card desk. Only the worker is given it.
    pin_private_key: Key | None = None
    # Who pays families and partners, from which account at which bank (its three digits). Without
    # an account no payment order is drawn up.
    payment_payer: str = "Pemerintah Provinsi Kalimantan Tengah"
    payment_account: str = Field(default="", repr=False, max_length=34)
    payment_bank_code: str = "125"
    # How many orders that bank takes in one file; what is more becomes several files.
    payment_file_lines: int = Field(default=10_000, ge=1, le=10_000)
    # Whose trust bundles the terminals believe: the root of now and the one after it.
    trust_roots: Annotated[tuple[RootKey, ...], NoDecode, BeforeValidator(read_roots)] = ()
    # Where status lists are found, when that is not under the issuance service.
    status_list_url: str = ""

    @model_validator(mode="after")
    def _addresses_are_plain(self) -> "Settings":
        _ = self.trust_origins  # They go into a header: better refused at start than at a counter.
        return self

    @property
    def trust_origins(self) -> tuple[str, ...]:
        """The other sites that the terminal's pages may speak to: what is public is there."""
        addresses = (self.issuance_url, self.status_list_url)
        return tuple(sorted({origin_of(address) for address in addresses if address}))

    @property
    def terminal_trust(self) -> dict[str, object]:
        """What a terminal is told of whom to believe; the bundle names all other addresses."""
        return {
            "roots": [root.public_key.hex() for root in self.trust_roots],
            "bundle_url": f"{self.issuance_url.rstrip('/')}{BUNDLE_PATH}",
        }
