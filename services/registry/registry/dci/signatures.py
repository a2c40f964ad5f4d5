"""The signature in a message's envelope: how it is written, what it covers, and whether it holds.

The standard shows the header of an HTTP signature (draft-cavage-http-signatures) and does not say
how the digest is made. Here:

    digest = "SHA-256=" + Base64(SHA-256(canonical))
    canonical = UTF-8 of {"header": …, "message": …}: keys sorted, no spaces, nothing escaped that
                JSON does not demand (RFC 8785 for the texts, integers and lists that messages have)
    signed text = "(created): 1606970629\\n(expires): 1607030629\\ndigest: SHA-256=…"

and the signature is Ed25519 (RFC 8032) or RSASSA-PKCS1-v1_5 with SHA-256, as the key says.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry

NAMESPACES = frozenset({"spdci", "dci"})
COVERED = "(created) (expires) digest"
ED25519, RS256 = "ed25519", "rs256"
RSA_BITS_MIN = 2048
KEYS_MAX = 5
HEADER_CHARACTERS_MAX = 2000
LIFE = timedelta(minutes=10)
PART = re.compile(r'([A-Za-z]+)="([^"]*)"')
PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class SignatureFault(Exception):
    """The signature is missing, malformed, expired or wrong; the text says which."""


class KeyFault(Exception):
    """A public key cannot be taken; the text says why."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a signature header says."""

    sender: str
    key_id: str
    algorithm: str
    created: int
    expires: int
    value: bytes


def canonical(header: Mapping[str, Any], message: Any) -> bytes:
    """Return the bytes that stand for a message, whatever its spacing and order were."""
    whole = {"header": header, "message": message}
    return json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def signed_text(header: Mapping[str, Any], message: Any, created: int, expires: int) -> bytes:
    """Return what is signed."""
    digest = base64.b64encode(hashlib.sha256(canonical(header, message)).digest()).decode()
    return f"(created): {created}\n(expires): {expires}\ndigest: SHA-256={digest}".encode()


def written(sender: str, key_id: str, algorithm: str, times: tuple[int, int], value: bytes) -> str:
    """Return a signature as envelopes carry it; `times` are created and expires."""
    return (
        f'Signature: namespace="spdci", kidId="{sender}|{key_id}|{algorithm}", '
        f'algorithm="{algorithm}", created="{times[0]}", expires="{times[1]}", '
        f'headers="{COVERED}", signature="{base64.b64encode(value).decode()}"'
    )


def stated(text: object) -> Stated:
    """Read a signature header; raises SignatureFault."""
    if not isinstance(text, str) or len(text) > HEADER_CHARACTERS_MAX:
        raise SignatureFault("not a signature header")
    parts = dict(PART.findall(text))
    sender, _, rest = parts.get("kidId", "").partition("|")
    key_id, _, algorithm = rest.rpartition("|")
    if parts.get("namespace") not in NAMESPACES or parts.get("headers") != COVERED:
        raise SignatureFault(f'namespace="spdci" and headers="{COVERED}" are expected')
    if not key_id or algorithm.lower() != parts.get("algorithm", "").lower():
        raise SignatureFault("kidId is sender|key|algorithm, and the algorithm is the same twice")
    try:
        value = base64.b64decode(parts["signature"], validate=True)
        times = int(parts["created"]), int(parts["expires"])
    except (KeyError, ValueError, binascii.Error) as error:
        raise SignatureFault("created, expires and signature are needed") from error
    return Stated(sender, key_id, algorithm.lower(), *times, value)


def demand(
    text: object,
    header: Mapping[str, Any],
    message: Any,
    keys: Sequence[Mapping[str, Any]],
    now: datetime,
) -> str:
    """Return the id of the key that signed; raises SignatureFault."""
    found = stated(text)
    seconds = int(now.astimezone(UTC).timestamp())
    if found.sender != header.get("sender_id"):
        raise SignatureFault("the key belongs to another sender")
    if not found.created - 300 <= seconds <= found.expires:
        raise SignatureFault("created in the future, or expired")
    if not 0 < found.expires - found.created <= 900:
        raise SignatureFault("a signature lives at most 15 minutes")
    jwk = next((one for one in keys if one.get("kid") == found.key_id), None)
    # The algorithm is the key's; what the message says must only agree with it.
    if jwk is None or algorithm_of(jwk) != found.algorithm:
        raise SignatureFault("no such key for this algorithm")
    signed = signed_text(header, message, found.created, found.expires)
    if not _holds(jwk, found.value, signed):
        raise SignatureFault("the signature does not fit the message")
    return found.key_id


def _holds(jwk: Mapping[str, Any], value: bytes, signed: bytes) -> bool:
    key = _public(jwk)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(value, signed, padding.PKCS1v15(), SHA256())
        else:
            key.verify(value, signed)
    except InvalidSignature:
        return False
    return True


def algorithm_of(jwk: Mapping[str, Any]) -> str:
    """Return the one algorithm that a key is for."""
    return ED25519 if jwk.get("kty") == "OKP" else RS256


def public_keys(text: str) -> list[dict[str, Any]]:
    """Read a pasted key set (RFC 7517): public keys only, with ids; raises KeyFault."""
    if not text.strip():
        return []
    try:
        given = json.loads(text)
        listed = given.get("keys", [given])
        keys = [{name: one[name] for name in one} for one in listed]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise KeyFault("not a JSON Web Key Set") from error
    if not 1 <= len(keys) <= KEYS_MAX:
        raise KeyFault(f"1 to {KEYS_MAX} keys")
    for one in keys:
        if PRIVATE_MEMBERS & set(one):
            raise KeyFault("a private key was pasted: make a new pair and keep it secret")
        if not isinstance(one.get("kid"), str) or "|" in one["kid"] or '"' in one["kid"]:
            raise KeyFault("each key needs its kid")
        _public(one)
    if len({one["kid"] for one in keys}) != len(keys):
        raise KeyFault("two keys have one kid")
    return keys


def _public(jwk: Mapping[str, Any]) -> ed25519.Ed25519PublicKey | rsa.RSAPublicKey:
    known = {"OKP": ("kty", "crv", "x"), "RSA": ("kty", "n", "e")}.get(str(jwk.get("kty")), ())
    try:
        found = JWKRegistry.import_key({name: jwk[name] for name in known}).public_key
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise KeyFault("only Ed25519 (OKP) and RSA keys can be used") from error
    if isinstance(found, ed25519.Ed25519PublicKey):
        return found
    if isinstance(found, rsa.RSAPublicKey) and found.key_size >= RSA_BITS_MIN:
        return found
    raise KeyFault(f"Ed25519, or RSA of at least {RSA_BITS_MIN} bits")
