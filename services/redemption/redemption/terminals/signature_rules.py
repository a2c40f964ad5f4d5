"""The signature of a terminal's request: RFC 9421 in one fixed form, read and put together.

`Signature-Input: khbs=("@method" "@path" "@query" "content-digest" "khbs-operator");created=<unix
s>;keyid="<terminal>";alg="ecdsa-p256-sha256"`, with the last two components only where the request
has a body and that header. One form means that nothing is parsed twice in two ways: what is not
written exactly so is refused.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from common.problems import Refused

CLOCK_LEEWAY_S = 300
NAMES = frozenset({b"signature-input", b"signature", b"content-digest", b"khbs-operator"})
_INPUT = re.compile(
    r'khbs=(\("@method" "@path" "@query"(?P<digest> "content-digest")?'
    r'(?P<operator> "khbs-operator")?\);created=(?P<created>[0-9]{1,11});keyid="(?P<key>[0-9a-f]{8}'
    r'-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})";alg="(?P<alg>ecdsa-p256-sha256|ed25519)")'
)
_SIGNATURE = re.compile(r"khbs=:([A-Za-z0-9+/]{86}==):")
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Signed:
    """What the headers of a signed request say; nothing of it is verified yet."""

    # The value of "@signature-params", as it was sent.
    parameters: str
    created: int
    key_id: str
    algorithm: str
    # 64 bytes: r and s of P-256, or Ed25519's signature.
    signature: bytes
    # The header, and the SHA-256 that it names; empty without a body.
    content_digest: str
    body_sha256: bytes
    # The token of the signed-in operator; empty without one.
    operator: str

    def base(self, method: str, path: str, query: str) -> bytes:
        """Return the signature base (RFC 9421 §2.5); `path` and `query` as they were sent."""
        lines = [f'"@method": {method}', f'"@path": {path or "/"}', f'"@query": ?{query}']
        if self.content_digest:
            lines.append(f'"content-digest": {self.content_digest}')
        if self.operator:
            lines.append(f'"khbs-operator": {self.operator}')
        lines.append(f'"@signature-params": {self.parameters}')
        return "\n".join(lines).encode("latin-1")

    def demand_body(self, body: bytes) -> None:
        """Refuse a body that the signature does not speak for (RFC 9530)."""
        if not self.content_digest:
            is_same = not body
        else:
            is_same = hmac.compare_digest(hashlib.sha256(body).digest(), self.body_sha256)
        if not is_same:
            raise Refused("terminal_signature_wrong")

    def demand_young(self, now_s: float) -> None:
        """Refuse a signature of another time; the answer tells the device what time it is."""
        if abs(now_s - self.created) > CLOCK_LEEWAY_S:
            raise Refused("terminal_clock", now=int(now_s))


def is_signed(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Tell whether a request says that a terminal signed it."""
    return any(name == b"signature-input" for name, _ in headers)


def read(headers: Iterable[tuple[bytes, bytes]]) -> Signed:
    """Return what a request's headers say; raises Refused terminal_signature_malformed."""
    found: dict[bytes, str] = {}
    for name, value in headers:
        if name in NAMES:
            if name in found:
                raise Refused("terminal_signature_malformed")
            found[name] = value.decode("latin-1")
    said = _INPUT.fullmatch(found.get(b"signature-input", ""))
    signature = _SIGNATURE.fullmatch(found.get(b"signature", ""))
    digest, operator = found.get(b"content-digest", ""), found.get(b"khbs-operator", "")
    digested = _DIGEST.fullmatch(digest)
    if said is None or signature is None:
        raise Refused("terminal_signature_malformed")
    is_covered = bool(said["digest"]) == bool(digest) and bool(said["operator"]) == bool(operator)
    is_formed = (digested or not digest) and (_TOKEN.fullmatch(operator) or not operator)
    if not is_covered or not is_formed:
        raise Refused("terminal_signature_malformed")
    return Signed(
        parameters=said[1],
        created=int(said["created"]),
        key_id=said["key"],
        algorithm=said["alg"],
        signature=binascii.a2b_base64(signature[1]),
        content_digest=digest,
        body_sha256=base64.b64decode(digested[1]) if digested else b"",
        operator=operator,
    )
