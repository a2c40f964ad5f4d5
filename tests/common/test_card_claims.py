"""Claims are read by a pattern, and by the general decoder where it does not fit: they agree."""

from datetime import timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.common.tokens import NOW, claims

from common import card_claims
from common.card_claims import CardRefused, read_claims
from common.card_token import StatusReference

KID = b"kid4"


def outcome(read, payload):
    try:
        return read(payload, KID)
    except CardRefused as refusal:
        return refusal.code


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda name: len(name.encode()) <= card_claims.NAME_BYTES_MAX
)
PAYLOADS = st.builds(
    lambda name, index, uri, days: claims(
        printed_name=name,
        status=StatusReference(index, uri),
        issued_at=NOW - timedelta(days=days),
    ),
    NAMES,
    st.one_of(st.integers(0, 300), st.integers(0, 2**32 - 1)),
    st.text("abcdefgh./:0123", min_size=0, max_size=47),
    st.integers(0, 20_000),
)


@settings(max_examples=150, deadline=None)
@given(PAYLOADS)
@example(claims(printed_name="é" * 20))
@example(claims(status=StatusReference(255, "")))
@example(claims(status=StatusReference(65535, "x" * 23)))
@example(claims(status=StatusReference(65536, "x" * 24)))
def test_what_our_signers_write_is_read_alike_by_both(payload):
    found = outcome(read_claims, payload)
    assert not isinstance(found, str)
    assert found == outcome(card_claims._unusual_claims, payload)


@settings(max_examples=300, deadline=None)
@given(PAYLOADS, st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=3))
def test_what_was_changed_is_refused_or_read_alike_by_both(payload, changes):
    buffer = bytearray(payload)
    for at, byte in changes:
        buffer[at % len(buffer)] = byte
    changed = bytes(buffer)
    assert outcome(read_claims, changed) == outcome(card_claims._unusual_claims, changed)
