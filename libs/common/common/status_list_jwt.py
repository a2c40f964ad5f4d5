"""Token Status Lists in JWT form (draft-ietf-oauth-status-list-20 §5.1): read, check, and build.

The same list as common.status_list gives in CWT form, for verifiers that know only JOSE. Nothing
here can sign.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from common.cose import Algorithm, NotTrusted, VerifyKey, verifies
from common.status_list import (
    TOKEN_BYTES_MAX,
    StatusList,
    StatusListRefused,
    check_standing,
    moment,
    unpacked,
)

MEDIA_TYPE = "application/statuslist+jwt"
TYPE = "statuslist+jwt"
# JOSE's names (RFC 8037, RFC 7518) for the algorithms of our keys.
NAMES: dict[Algorithm, str] = {"Ed25519": "EdDSA", "ES256": "ES256"}
_PART = re.compile(r"[A-Za-z0-9_-]+")


def verify_status_list_jwt(
    token: str, keys: Mapping[bytes, tuple[VerifyKey, ...]], now: datetime, *, uri: str
) -> StatusList:
    """Return a list that one of our keys signed for this very address; raises StatusListRefused."""
    parts = token.split(".")
    if len(token) > TOKEN_BYTES_MAX or len(parts) != 3:
        raise StatusListRefused("malformed")
    header, signature = _json(parts[0]), _bytes(parts[2])
    if header.keys() != {"alg", "kid", "typ"} or header["typ"] != TYPE:
        raise StatusListRefused("malformed")
    signer = _signer(header, f"{parts[0]}.{parts[1]}".encode(), signature, keys)
    found = _read(_json(parts[1]))
    try:
        signer.vouches_for(found.issued_at)
    except NotTrusted as error:
        raise StatusListRefused(error.code) from None
    check_standing(found, now, uri=uri)
    return found


def _signer(
    header: Mapping[str, Any],
    signed: bytes,
    signature: bytes,
    keys: Mapping[bytes, tuple[VerifyKey, ...]],
) -> VerifyKey:
    kid = header["kid"]
    known = isinstance(kid, str) and re.fullmatch(r"[0-9a-f]{8}", kid)
    candidates = keys.get(bytes.fromhex(kid)) if known else None
    if not candidates:
        raise StatusListRefused("unknown_key")
    fitting = [key for key in candidates if NAMES[key.algorithm] == header["alg"]]
    if not fitting:
        raise StatusListRefused("wrong_algorithm")
    for key in fitting:
        if verifies(key.public_key, signature, signed):
            return key
    raise StatusListRefused("bad_signature")


def _read(claims: Mapping[str, Any]) -> StatusList:
    try:
        listed = claims["status_list"]
        found = StatusList(
            claims["sub"],
            listed["bits"],
            unpacked(_bytes(listed["lst"])),
            moment(claims["iat"]),
            moment(claims["exp"]),
            timedelta(seconds=claims.get("ttl", 0)),
        )
    except Exception as error:  # What hostile claims can do wrong is not to be listed.
        raise StatusListRefused("malformed") from error
    if type(found.uri) is not str or type(found.bits) is not int or found.bits not in (1, 2, 4, 8):
        raise StatusListRefused("malformed")
    return found


def _bytes(text: Any) -> bytes:
    if not isinstance(text, str) or not _PART.fullmatch(text):
        raise StatusListRefused("malformed")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise StatusListRefused("malformed") from None
    if base64url(data) != text:
        raise StatusListRefused("malformed")
    return data


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(text))
    except (ValueError, RecursionError):
        raise StatusListRefused("malformed") from None
    if not isinstance(value, dict):
        raise StatusListRefused("malformed")
    return value


def base64url(data: bytes) -> str:
    """Return bytes as JOSE writes them: base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encode_status_list_jwt(
    compressed: bytes,
    *,
    algorithm: Algorithm,
    kid: bytes,
    bits: int,
    uri: str,
    issued_at: datetime,
    expires_at: datetime,
    ttl: timedelta,
) -> bytes:
    """Return header and claims of a compressed list as they are signed."""
    header = {"alg": NAMES[algorithm], "kid": kid.hex(), "typ": TYPE}
    claims = {
        "exp": int(expires_at.timestamp()),
        "iat": int(issued_at.timestamp()),
        "status_list": {"bits": bits, "lst": base64url(compressed)},
        "sub": uri,
        "ttl": int(ttl.total_seconds()),
    }
    both = (json.dumps(one, separators=(",", ":")).encode() for one in (header, claims))
    return ".".join(base64url(one) for one in both).encode()


def status_list_jwt(signed: bytes, signature: bytes) -> bytes:
    """Return the list as it is published."""
    return signed + b"." + base64url(signature).encode()
