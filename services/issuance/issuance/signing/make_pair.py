"""Make a pair of keys where its private side will live: sealed here, or in a device."""

from common.cose import Algorithm
from common.sealed import Sealer
from issuance.settings import Settings
from issuance.signing import private_keys
from issuance.signing.device_uri import parse_device_uri
from issuance.signing.pkcs11_keys import Device, device_of
from issuance.signing.private_keys import NewKey, NoSigningKey


class Maker:
    """Makes pairs in one place, and takes back one that nobody wrote down."""

    def __init__(self, settings: Settings, device_uri: str = "") -> None:
        """Raises NoSigningKey where a setting lacks, Refused device_uri_malformed."""
        self._master: Sealer | None = None
        self._device: Device | None = None
        if device_uri:
            uri = parse_device_uri(device_uri)
            if not settings.pkcs11_module:
                raise NoSigningKey("PKCS11_MODULE (and PKCS11_PIN_FILE) is needed for a device")
            pin = settings.pkcs11_pin.get_secret_value()
            self._device = device_of(settings.pkcs11_module, pin, uri)
        elif settings.signing_master_key is None:
            raise NoSigningKey("SIGNING_MASTER_KEY (or SIGNING_MASTER_KEY_FILE) is needed for this")
        else:
            self._master = Sealer(settings.signing_master_key.get_secret_value())

    def make(self, algorithm: Algorithm, label: str) -> NewKey:
        """Return the public side of a new pair; raises NoSigningKey. Blocks."""
        if self._device is not None:
            return self._device.make_pair(algorithm, label)
        if self._master is None:
            raise AssertionError("made with neither")
        return private_keys.generate(algorithm, self._master)

    def take_back(self, made: NewKey) -> None:
        """Remove a pair from its device that did not get into the database."""
        if self._device is not None and made.device_uri is not None:
            self._device.destroy(parse_device_uri(made.device_uri))
