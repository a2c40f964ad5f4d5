"""Keys that live in a device (PKCS#11): made there, used there, never seen by this program.

A device speaks with one caller at a time and may take milliseconds, or wait for a network: all
calls are made under one lock, and callers keep them off the event loop (`asyncio.to_thread`).
"""

import os
import threading
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pkcs11
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from common.cose import COORDINATE_BYTES, Algorithm
from issuance.signing.device_uri import DeviceUri, parse_device_uri
from issuance.signing.private_keys import NewKey, NoSigningKey, Signer, kid_of

KEY_ID_BYTES = 8
ED25519_BYTES = 32
TRIES_MAX = 2
# PKCS#11 3.0 §2.3.10 names the curve by its printed name; tokens take it where they know Ed25519.
_EDWARDS25519 = b"\x13\x0cedwards25519"
_HIDDEN = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True}
_PROBE = b"khbs: a new key signs this once, to see that it can"

# A module is one for the whole process, and so are its sessions: whoever begins it anew ends all.
_LOCK = threading.RLock()
_DEVICES: dict[tuple[str, str | None, str | None], "Device"] = {}


class DeviceAway(NoSigningKey):
    """The device does not answer, does not let us in, or does not have the key."""


class Device:
    """One session with one token; opened when it is needed and again when it was lost."""

    def __init__(self, module: str, pin: str, uri: DeviceUri) -> None:
        self._module, self._pin, self._uri = module, pin, uri
        self._session: Any = None
        self._opened: dict[DeviceUri, Any] = {}

    def sign(self, uri: DeviceUri, algorithm: Algorithm, message: bytes) -> bytes:
        """Return the 64-byte COSE signature over a message; raises DeviceAway.

        A session that was lost (a device restarted, a cable pulled) is opened again, once.
        """
        with _LOCK:
            for tries_left in reversed(range(TRIES_MAX)):
                try:
                    return _signature(self._key(uri), algorithm, message)
                except pkcs11.PKCS11Error as error:
                    self._begin_anew()
                    if not tries_left:
                        raise _away("the device does not sign", error) from error
        raise AssertionError("unreachable")

    def make_pair(self, algorithm: Algorithm, label: str) -> NewKey:
        """Return the public side of a pair made in the device; raises DeviceAway.

        The private side cannot leave it: a token that would allow that is refused.
        """
        uri = DeviceUri(self._uri.token, self._uri.serial, label, os.urandom(KEY_ID_BYTES))
        with _LOCK:
            try:
                public, private = _generate(self._open(), algorithm, uri)
                hides = not private[Attribute.EXTRACTABLE] and private[Attribute.SENSITIVE]
            except pkcs11.PKCS11Error as error:
                self._begin_anew()
                raise _away("the device makes no such key", error) from error
            signature = self.sign(uri, algorithm, _PROBE)
            if not hides or not _is_signature(algorithm, public, signature, _PROBE):
                self.destroy(uri)
                raise DeviceAway("the device gives private keys away, or does not sign as it must")
        return NewKey(kid_of(algorithm, public), public, None, str(uri))

    def destroy(self, uri: DeviceUri) -> None:
        """Remove a pair from the device; raises DeviceAway."""
        with _LOCK:
            self._opened.pop(uri, None)
            try:
                for found in list(self._open().get_objects(_template(uri))):
                    found.destroy()
            except pkcs11.PKCS11Error as error:
                self._begin_anew()
                raise _away("the device removes nothing", error) from error

    def _key(self, uri: DeviceUri) -> Any:
        if uri not in self._opened:
            template = {**_template(uri), Attribute.CLASS: ObjectClass.PRIVATE_KEY}
            found = list(self._open().get_objects(template))
            if len(found) != 1:
                raise DeviceAway(f"the device has {len(found)} keys of that name, not one")
            self._opened[uri] = found[0]
        return self._opened[uri]

    def _open(self) -> Any:
        if self._session is None:
            asked = {"token_label": self._uri.token, "token_serial": self._uri.serial}
            if self._uri.serial is not None:
                asked["token_serial"] = self._uri.serial.encode()  # type: ignore[assignment]
            try:
                token = pkcs11.lib(self._module).get_token(**asked)
                self._session = token.open(user_pin=self._pin, rw=True)
            except RuntimeError as error:  # A module that cannot be loaded is one, too.
                raise _away("the device does not open", error) from error
        return self._session

    def _begin_anew(self) -> None:
        """Forget every session of this module: only a library that begins anew sees a device again.

        A failure here is no news: the next call meets it and tells it.
        """
        for device in _DEVICES.values():
            if device._module == self._module:
                device._session = None
                device._opened.clear()
        try:
            pkcs11.lib(self._module).reinitialize()
        except RuntimeError:
            return


def device_of(module: str, pin: str, uri: DeviceUri) -> Device:
    """Return this process's session with the token that a URI names."""
    with _LOCK:
        return _DEVICES.setdefault((module, uri.token, uri.serial), Device(module, pin, uri))


@dataclass(frozen=True, slots=True)
class DeviceSigner:
    """A key in a device, as everything that signs knows it."""

    kid: bytes
    algorithm: Algorithm
    device: Device
    uri: DeviceUri

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte COSE signature over a message; raises DeviceAway. Blocks."""
        return self.device.sign(self.uri, self.algorithm, message)


def is_in_device(signer: Signer) -> bool:
    """Tell whether a signature of this signer is a call to a device, which is kept off the loop."""
    return isinstance(signer, DeviceSigner)


def device_signer(
    algorithm: Algorithm, kid: str, device_uri: str, *, module: str, pin: str
) -> DeviceSigner:
    """Return the signer of a key in a device; the device is opened by its first signature."""
    uri = parse_device_uri(device_uri)
    return DeviceSigner(bytes.fromhex(kid), algorithm, device_of(module, pin, uri), uri)


def _generate(session: Any, algorithm: Algorithm, uri: DeviceUri) -> tuple[bytes, Any]:
    is_edwards = algorithm == "Ed25519"
    kind = KeyType.EC_EDWARDS if is_edwards else KeyType.EC
    curve = _EDWARDS25519 if is_edwards else encode_named_curve_parameters("secp256r1")
    parameters = session.create_domain_parameters(kind, {Attribute.EC_PARAMS: curve}, local=True)
    public, private = parameters.generate_keypair(
        store=True,
        label=uri.label,
        id=uri.key_id,
        mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN if is_edwards else None,
        private_template=_HIDDEN,
    )
    return _point(public[Attribute.EC_POINT], is_edwards=is_edwards), private


def _point(told: bytes, *, is_edwards: bool) -> bytes:
    # Most tokens wrap the point in an OCTET STRING, as the standard says; some do not.
    bare = ED25519_BYTES if is_edwards else 1 + 2 * COORDINATE_BYTES
    wrapped = bytes((0x04, bare))
    return told[len(wrapped) :] if told[: len(wrapped)] == wrapped else told


def _signature(key: Any, algorithm: Algorithm, message: bytes) -> bytes:
    if algorithm == "Ed25519":
        return bytes(key.sign(message, mechanism=Mechanism.EDDSA))
    # Hashed here: every token knows plain ECDSA, not every one the combined mechanism. The answer
    # is r and s of 32 bytes each, which is the form of COSE (RFC 9053 §2.1).
    return bytes(key.sign(sha256(message).digest(), mechanism=Mechanism.ECDSA))


def _is_signature(algorithm: Algorithm, public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        if algorithm == "Ed25519":
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        else:
            r = int.from_bytes(signature[:COORDINATE_BYTES])
            s = int.from_bytes(signature[COORDINATE_BYTES:])
            key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public)
            key.verify(encode_dss_signature(r, s), message, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _template(uri: DeviceUri) -> dict[Attribute, Any]:
    asked = {Attribute.LABEL: uri.label, Attribute.ID: uri.key_id}
    return {name: value for name, value in asked.items() if value is not None}


def _away(what: str, error: Exception) -> DeviceAway:
    # The library's own texts may hold what was sent to the device; its names of errors do not.
    return DeviceAway(f"{what}: {type(error).__name__}")
