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


def new_totp_secret() -> str:
    """A secret for time-based codes, as base32."""
    return base64.b32encode(secrets.token_bytes(TOTP_BYTES)).decode()
