"""New random secrets in the forms that the services and servers read. Standard library only."""

import base64
import secrets

KEY_BYTES = 32
PASSWORD_BYTES = 16
TOTP_BYTES = 20
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"
READABLE_GROUPS = 3
GROUP_LETTERS = 4
"""Together 59 bits, without letters and digits that are taken for each other."""


def new_password() -> str:
    """A password that needs no quoting in a URL, in SQL or in a shell."""
    return secrets.token_hex(PASSWORD_BYTES)


def new_typed_password() -> str:
    """A password that a person reads from one screen and types into another."""
    groups = (
        "".join(secrets.choice(READABLE) for _ in range(GROUP_LETTERS))
        for _ in range(READABLE_GROUPS)
    )
    return "-".join(groups)


def new_key() -> str:
    """A key of 32 bytes as base64url without padding."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode()


def public_key_of(key_text: str) -> str:
    """The X25519 public key of a private one, both as base64url: RFC 7748 section 5.

    Runs once, when secrets are made, where no package is at hand; not in constant time.
    """
    raw = bytearray(base64.urlsafe_b64decode(key_text + "=" * (-len(key_text) % 4)))
    raw[0] &= 248
    raw[31] = raw[31] & 127 | 64
    k, p = int.from_bytes(raw, "little"), 2**255 - 19
    x2, z2, x3, z3 = 1, 0, 9, 1
    for bit in reversed(range(255)):
        if k >> bit & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        e = a * a - b * b
        x3, z3 = (d * a + c * b) ** 2 % p, 9 * (d * a - c * b) ** 2 % p
        x2, z2 = a * a * b * b % p, e * (a * a + 121665 * e) % p
        if k >> bit & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
    public = (x2 * pow(z2, p - 2, p) % p).to_bytes(KEY_BYTES, "little")
    return base64.urlsafe_b64encode(public).rstrip(b"=").decode()


def new_totp_secret() -> str:
    """A secret for time-based codes, as base32."""
    return base64.b32encode(secrets.token_bytes(TOTP_BYTES)).decode()
