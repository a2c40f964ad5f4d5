"""A card's token verified in Python, against the raw Ed25519 check of the same signatures.

Both in this process, over the same tokens, each of its own family and signed by one of KEYS keys;
what is compared is the best of ROUNDS rounds of each, taken in turn.
"""

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.benchmarks import Report

from common.card_encoding import encode_claims, protected_header, qr_text, to_be_signed
from common.card_token import StatusReference, VerifyKey, key_ring, verify, verify_key

TOKENS = 5_000
KEYS = 3
ROUNDS = 5
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ISSUED_AT = datetime(2026, 1, 1, tzinfo=UTC)
EXPIRES_AT = datetime(2031, 1, 1, tzinfo=UTC)
ADDRESS = "https://kartu.kalteng.go.id/s/0"


def measure(report: Report) -> None:
    """Measure verify_vs_raw and both rates."""
    private = [Ed25519PrivateKey.generate() for _ in range(KEYS)]
    trusted = [_trusted(key) for key in private]
    ring = key_ring(trusted)
    made = [_a_token(n, private[n % KEYS], trusted[n % KEYS]) for n in range(TOKENS)]
    texts = [text for text, _, _ in made]
    raw = [
        (private[n % KEYS].public_key(), signature, signed)
        for n, (_, signature, signed) in enumerate(made)
    ]

    def verify_texts() -> None:
        for text in texts:
            verify(text, ring, NOW)

    def verify_raw() -> None:
        for key, signature, signed in raw:
            key.verify(signature, signed)

    rounds = [(_seconds(verify_texts), _seconds(verify_raw)) for _ in range(ROUNDS)]
    in_python, alone = (min(one) for one in zip(*rounds, strict=True))
    report.ratios["verify_vs_raw"] = round(alone / in_python, 3)
    report.figures["verify_tokens_per_s"] = round(TOKENS / in_python)
    report.figures["verify_raw_per_s"] = round(TOKENS / alone)
    report.sizes["verify_tokens"] = TOKENS


def _trusted(key: Ed25519PrivateKey) -> VerifyKey:
    return verify_key(
        "Ed25519",
        key.public_key().public_bytes_raw(),
        not_before=ISSUED_AT - timedelta(days=30),
        sign_until=ISSUED_AT + timedelta(days=335),
        verify_until=EXPIRES_AT + timedelta(days=366),
    )


def _a_token(number: int, key: Ed25519PrivateKey, trusted: VerifyKey) -> tuple[str, bytes, bytes]:
    """Return a card's text, its signature, and the bytes that were signed."""
    protected = protected_header("Ed25519", trusted.kid)
    payload = encode_claims(
        secrets.token_hex(8),
        household_pseudonym="ABCDEFGHIJKLM",
        printed_name=f"SITI AMINAH BINTI ABDURRAHMAN {number}",
        issued_at=ISSUED_AT,
        expires_at=EXPIRES_AT,
        status=StatusReference(secrets.randbelow(1 << 20), ADDRESS),
    )
    signed = to_be_signed(protected, payload)
    signature = key.sign(signed)
    return qr_text(protected, payload, signature), signature, signed


def _seconds(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start
