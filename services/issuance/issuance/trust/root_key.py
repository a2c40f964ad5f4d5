"""The root key: made, sealed under a passphrase, opened and used here, far from any network.

It signs trust bundles and nothing else. Its file is a PKCS#8 PEM under a stretched passphrase;
beside it lies its public side, which may be shown to anybody.
"""

import hashlib
import json
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from common.cose_keys import RootKey

PASSPHRASE_CHARACTERS_MIN = 12
# OWASP's first choice for scrypt: 128 MiB and half a second a try.
STRETCHING = {"n": 1 << 17, "r": 8, "p": 1, "maxmem": 1 << 28}
_FORM = "khbs-root-1"


class RootRefused(Exception):
    """The file or the passphrase is not one of a root; the text says what to do."""


@dataclass(frozen=True, slots=True)
class RootSigner:
    """An opened root."""

    root: RootKey
    key: Ed25519PrivateKey

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature."""
        return self.key.sign(message)


def create_root(passphrase: str) -> tuple[RootKey, bytes]:
    """Return a new root and its sealed file; raises RootRefused for a short passphrase."""
    if len(passphrase) < PASSPHRASE_CHARACTERS_MIN:
        raise RootRefused(f"a passphrase has at least {PASSPHRASE_CHARACTERS_MIN} characters")
    key = Ed25519PrivateKey.generate()
    sealed = key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(_stretched(passphrase))
    )
    return _public(key), sealed


def open_root(sealed: bytes, passphrase: str) -> RootSigner:
    """Return the root of a sealed file; raises RootRefused."""
    try:
        key = load_pem_private_key(sealed, _stretched(passphrase))
    except (ValueError, TypeError):
        key = _opened_as_before(sealed, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise RootRefused("a root is an Ed25519 key")
    return RootSigner(_public(key), key)


def _opened_as_before(sealed: bytes, passphrase: str) -> PrivateKeyTypes:
    """Open a file that was sealed before passphrases were stretched."""
    try:
        return load_pem_private_key(sealed, passphrase.encode())
    except (ValueError, TypeError) as error:
        raise RootRefused("no root in this file, or another passphrase") from error


def _stretched(passphrase: str) -> bytes:
    """Return what seals the file: PKCS#8 alone lets a thief try millions of passphrases a second.

    The file has a salt of its own besides.
    """
    raw = passphrase.encode()
    return hashlib.scrypt(raw, salt=_FORM.encode(), dklen=32, **STRETCHING).hex().encode()


def _public(key: Ed25519PrivateKey) -> RootKey:
    return RootKey("Ed25519", key.public_key().public_bytes_raw())


def write_public(root: RootKey) -> str:
    """Return the file of a root's public side."""
    said = {
        "form": _FORM,
        "algorithm": root.algorithm,
        "public_key": root.public_key.hex(),
        "fingerprint": root.thumbprint.hex(),
    }
    return json.dumps(said, indent=2) + "\n"


def read_public(text: str) -> RootKey:
    """Return a root from the file of its public side; raises RootRefused."""
    try:
        said = json.loads(text)
        root = RootKey("Ed25519", bytes.fromhex(said["public_key"]))
        if said["form"] != _FORM or said["fingerprint"] != root.thumbprint.hex():
            raise RootRefused("the file was changed: its fingerprint is another")
    except (ValueError, KeyError, TypeError) as error:
        raise RootRefused("not the public side of a root") from error
    return root
