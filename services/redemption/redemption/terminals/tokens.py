"""The token of an operator who is signed in on a terminal: random, and kept as a hash only."""

import hashlib

# 43 characters in the header `Khbs-Operator`.
TOKEN_BYTES = 32


def hash_of_token(token: str) -> bytes:
    """Return what is kept of a token; it is random, so a plain hash keeps it."""
    return hashlib.sha256(token.encode()).digest()
