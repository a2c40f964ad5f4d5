"""The written-out encoding of a card's claims is what a general encoder makes of them."""

from datetime import UTC, datetime

import cbor2
from hypothesis import given
from hypothesis import strategies as st

from common.card_encoding import encode_claims
from common.card_token import StatusReference

MOMENTS = st.one_of(
    st.sampled_from([0, 1, 23, 24, 255, 256, 65_535, 65_536, 0xFFFF_FFFF, 1 << 32]),
    st.integers(0, 0xFFFF_FFFF),
)
COUNTS = st.one_of(st.sampled_from([0, 23, 24, 255, 256, 65_535, 65_536]), st.integers(0, 1 << 33))


@given(
    card_id=st.binary(min_size=8, max_size=8),
    pseudonym=st.text(alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=13, max_size=13),
    name=st.text(min_size=1, max_size=300).filter(lambda one: one.isprintable()),
    moments=st.tuples(MOMENTS, MOMENTS),
    index=COUNTS,
    uri=st.text(alphabet="abcdefghij:/.", max_size=70),
)
def test_claims_are_encoded_as_a_general_encoder_does(
    card_id: bytes, pseudonym: str, name: str, moments: tuple[int, int], index: int, uri: str
):
    issued_at, expires_at = (datetime.fromtimestamp(one, UTC) for one in moments)
    encoded = encode_claims(
        card_id.hex(),
        household_pseudonym=pseudonym,
        printed_name=name,
        issued_at=issued_at,
        expires_at=expires_at,
        status=StatusReference(index, uri),
    )
    claims = {
        4: moments[1],
        6: moments[0],
        7: card_id,
        169: {1: pseudonym, 4: name},
        65535: {"status_list": {"idx": index, "uri": uri}},
    }
    assert encoded == cbor2.dumps(claims, canonical=True)


def test_seconds_are_cut():
    def at(moment: datetime) -> bytes:
        return encode_claims(
            "0123456789abcdef",
            household_pseudonym="A" * 13,
            printed_name="SITI",
            issued_at=moment,
            expires_at=moment,
            status=StatusReference(0, "u"),
        )

    whole = datetime(2026, 1, 1, tzinfo=UTC)
    assert at(whole.replace(microsecond=999_999)) == at(whole)
