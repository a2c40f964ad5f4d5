"""What a terminal without network says of a card, from contact to contact and past every date."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.common.tokens import NOW, a_token, claims, ed25519_issuer, es256_issuer
from tests.common.trust import ADDRESS, Root, a_bundle, a_content, a_delta, a_list, kept
from typer.testing import CliRunner

from common import card_check, clock
from common.card_check_words import OUTCOMES, REASONS
from common.card_token import CARD_REFUSAL_CODES, StatusReference
from common.cose import assemble, to_be_signed
from common.offline_check import Kept, check
from common.status_delta import MEDIA_TYPE as DELTA_TYPE
from common.status_delta import StatusDeltaRefused
from common.status_list import MEDIA_TYPE as LIST_TYPE
from common.status_list import NAMES, StatusListRefused
from common.trust_bundle import BundleRefused, verify_bundle

ISSUER = ed25519_issuer()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
INDEX = 77
CODES = {name: code for code, name in NAMES.items()}


def a_card(index=INDEX, number=0, issuer=ISSUER, **others):
    return a_token(issuer, claims(status=StatusReference(index, f"{ADDRESS}/{number}"), **others))


CARD = a_card()


def terminal(listed="valid", said=None, *, delta_at=HOUR, base=None):
    """A terminal that had contact: a list of NOW, and a delta of an hour later if `said`."""
    held = kept()
    held.take_list(a_list(ISSUER, {INDEX: CODES[listed]}))
    entries = [] if said in {None, "nothing"} else [(0, INDEX, CODES[said])]
    if said is not None:
        at = NOW + delta_at
        held.take_delta(a_delta(ISSUER, entries, base={0: base or NOW}, at=at))
    return held


def said_at(held, moment, text=CARD):
    verdict = check(text, held, moment)
    return verdict.outcome, verdict.reason


def test_a_card_is_what_the_list_says_of_it():
    for status in NAMES.values():
        expected = ("valid", "") if status == "valid" else ("refused", status)
        assert said_at(terminal(status), NOW) == expected
    # Beyond the list's end: not ours to call valid.
    assert said_at(terminal(), NOW, a_card(index=5000)) == ("refused", "revoked")


@pytest.mark.parametrize("listed", NAMES.values())
@pytest.mark.parametrize("said", NAMES.values())
def test_the_delta_has_the_last_word_beside_its_list(listed, said):
    expected = ("valid", "") if said == "valid" else ("refused", said)
    assert said_at(terminal(listed, said), NOW + 2 * HOUR) == expected


def test_what_is_not_in_the_delta_is_as_the_list_says():
    assert said_at(terminal("suspended", "nothing"), NOW + 2 * HOUR) == ("refused", "suspended")
    assert said_at(terminal("valid", "nothing"), NOW + 2 * HOUR) == ("valid", "")


def test_a_delta_that_builds_on_a_newer_list_only_refuses():
    newer_base = NOW + HOUR / 2
    for said, expected in [
        ("valid", ("refused", "suspended")),
        ("revoked", ("refused", "revoked")),
        ("nothing", ("refused", "suspended")),
    ]:
        verdict = check(CARD, terminal("suspended", said, base=newer_base), NOW + 2 * HOUR)
        assert (verdict.outcome, verdict.reason) == expected
        assert "delta_needs_newer_list" in verdict.notes


def test_an_older_delta_says_nothing_beside_a_newer_list():
    held = terminal("suspended", "valid", delta_at=-HOUR, base=NOW - 2 * HOUR)
    verdict = check(CARD, held, NOW)
    assert (verdict.outcome, verdict.reason) == ("refused", "suspended")
    assert verdict.notes == ("delta_older_than_list",)


def test_nothing_older_takes_the_place_of_what_is_kept():
    held = terminal("valid", "suspended")
    older_list = a_list(ISSUER, {}, at=NOW - DAY)
    older_delta = a_delta(ISSUER, [(0, INDEX, 0)], base={0: NOW - DAY}, at=NOW - HOUR)
    assert not held.take_list(older_list)
    assert not held.take_delta(older_delta)
    assert said_at(held, NOW + 2 * HOUR) == ("refused", "suspended")


def test_blocked_and_unblocked_in_one_delta_is_right_both_times():
    held = terminal("valid", "suspended")
    assert said_at(held, NOW + 2 * HOUR) == ("refused", "suspended")
    held.take_delta(a_delta(ISSUER, [(0, INDEX, 0)], base={0: NOW}, at=NOW + 3 * HOUR))
    assert said_at(held, NOW + 3 * HOUR) == ("valid", "")


def test_a_delta_past_its_end_keeps_its_refusals_and_allows_nothing():
    late = NOW + 3 * DAY
    assert said_at(terminal("valid", "revoked"), late) == ("refused", "revoked")
    assert said_at(terminal("valid", "suspended"), late) == ("refused", "suspended")
    for listed in ("not_active", "suspended"):
        verdict = check(CARD, terminal(listed, "valid"), late)
        assert (verdict.outcome, verdict.reason) == ("unknown", "delta_expired")
        assert verdict.since == NOW + HOUR + DAY
        assert "delta_expired" in verdict.notes
    assert said_at(terminal("valid", "nothing"), late) == ("valid", "")


def test_past_its_ttl_a_list_is_to_be_fetched_and_past_its_end_it_says_nothing_valid():
    held = terminal("valid")
    assert "list_past_ttl" not in check(CARD, held, NOW + 11 * HOUR).notes
    verdict = check(CARD, held, NOW + 13 * HOUR)
    assert verdict.outcome == "valid"
    assert "list_past_ttl" in verdict.notes
    verdict = check(CARD, held, NOW + 7 * DAY)
    assert (verdict.outcome, verdict.reason) == ("unknown", "list_expired")
    assert verdict.since == NOW + 7 * DAY
    for status in ("revoked", "suspended"):
        assert said_at(terminal(status), NOW + 8 * DAY) == ("refused", status)


def test_a_list_says_nothing_good_of_a_card_that_was_signed_after_it():
    """A stolen print batch, shown to a terminal that was off line since before it was signed."""
    for issued_at, expected in [
        (NOW - timedelta(seconds=60), ("valid", "")),
        (NOW - timedelta(seconds=59), ("unknown", "list_older_than_card")),
        (NOW + 2 * HOUR, ("unknown", "list_older_than_card")),
    ]:
        young = a_card(issued_at=issued_at)
        assert said_at(terminal("valid"), NOW + 3 * HOUR, young) == expected
        # What knows the card, because it names it, counts.
        assert said_at(terminal("not_active"), NOW + 3 * HOUR, young) == ("refused", "not_active")
        assert said_at(terminal("not_active", "valid"), NOW + 3 * HOUR, young) == ("valid", "")


def test_without_its_list_a_card_is_unknown():
    assert said_at(kept(), NOW) == ("unknown", "list_missing")
    held = kept()
    held.take_list(a_list(ISSUER, {}, number=1))
    assert said_at(held, NOW) == ("unknown", "list_missing")


def test_past_the_bundles_end_nothing_is_valid_and_a_new_key_is_no_fault_of_the_card():
    held = kept(expires_at=NOW + DAY, issued_at=NOW - DAY)
    held.take_list(a_list(ISSUER, {9: 1}))
    assert said_at(held, NOW) == ("valid", "")
    late, stranger = NOW + DAY, es256_issuer()
    assert said_at(held, late) == ("unknown", "trust_expired")
    assert said_at(held, late, a_card(index=9)) == ("refused", "revoked")
    assert said_at(held, late, a_card(issuer=stranger)) == ("unknown", "trust_expired")
    assert said_at(held, NOW, a_card(issuer=stranger)) == ("refused", "unknown_key")


def test_a_clock_that_was_set_back_does_not_bring_anything_back():
    held = terminal("valid")
    held.take_list(a_list(ISSUER, {}, at=NOW + 6 * DAY))
    ended = a_card(expires_at=NOW + 5 * DAY)
    assert said_at(held, NOW - 300 * DAY, ended) == ("refused", "expired")


def test_a_newer_bundle_makes_the_terminal_forget_what_a_stolen_key_signed():
    root, issuer = Root(), ed25519_issuer()
    first = a_bundle(root, a_content(root, [issuer]))
    held = Kept(verify_bundle(first, [root.key], NOW))
    held.take_list(a_list(issuer, {}))
    assert held.take_bundle(first, NOW) is False
    stolen = ed25519_issuer(state="compromised")
    second = a_bundle(root, a_content(root, [stolen], version=2))
    assert held.take_bundle(second, NOW)
    assert (held.lists, held.delta) == ({}, None)
    assert said_at(held, NOW) == ("refused", "key_compromised")
    with pytest.raises(BundleRefused):
        held.take_bundle(first, NOW)


def test_a_newer_bundle_keeps_the_lists_that_still_count():
    root = Root()
    held = terminal("suspended", "revoked")
    newer = a_bundle(root, a_content(root, [ISSUER, es256_issuer()], version=2))
    assert held.take_bundle(newer, NOW)
    assert said_at(held, NOW + 2 * HOUR) == ("refused", "revoked")


def test_lists_and_deltas_of_strangers_are_not_taken():
    held, stranger = kept(), ed25519_issuer(b"\x05" * 32)
    with pytest.raises(StatusListRefused):
        held.take_list(a_list(stranger, {}))
    with pytest.raises(StatusDeltaRefused):
        held.take_delta(a_delta(stranger, [], base={0: NOW}))
    with pytest.raises(StatusDeltaRefused):
        held.take_delta(a_list(ISSUER, {}))


@pytest.mark.parametrize("algorithm", [[1], {}, -8.0, None, "EdDSA", 2**70])
def test_a_stranger_whose_algorithm_is_no_number_breaks_no_terminal(algorithm):
    held, kid = kept(), ISSUER.key.kid
    ways: list[tuple[str, Callable[[bytes], object], type[StatusListRefused | StatusDeltaRefused]]]
    ways = [
        (LIST_TYPE, held.take_list, StatusListRefused),
        (DELTA_TYPE, held.take_delta, StatusDeltaRefused),
    ]
    for media_type, take, refusal in ways:
        header = cbor2.dumps({1: algorithm, 4: kid, 16: media_type}, canonical=True)
        payload = b"\xa0"
        signature = ISSUER.sign(to_be_signed(header, payload))
        with pytest.raises(refusal) as refused:
            take(assemble(header, payload, signature))
        assert isinstance(refused.value, refusal)
        assert refused.value.code == "wrong_algorithm"


# ------------------------------------------------------------------------------------- for ever

STATUSES = st.sampled_from(sorted(CODES))
HOURS = st.integers(0, 24 * 60)


@st.composite
def terminals(draw):
    """Any terminal after any contacts, in any order: lists and deltas of any age and saying."""
    held = kept(
        issued_at=NOW - timedelta(hours=draw(HOURS) / 4),
        expires_at=NOW + timedelta(hours=1 + draw(st.integers(0, 300))),
    )
    for _ in range(draw(st.integers(0, 3))):
        at = NOW - timedelta(hours=draw(st.integers(0, 200)))
        held.take_list(a_list(ISSUER, {INDEX: CODES[draw(STATUSES)]}, at=at))
    for _ in range(draw(st.integers(0, 3))):
        at = NOW - timedelta(hours=draw(st.integers(0, 200)))
        base = at - timedelta(hours=draw(st.integers(0, 50)))
        held.take_delta(a_delta(ISSUER, [(0, INDEX, CODES[draw(STATUSES)])], base={0: base}, at=at))
    return held


@settings(max_examples=250, deadline=None)
@given(held=terminals(), hours=st.lists(HOURS, min_size=2, max_size=6))
def test_past_any_end_no_terminal_says_valid_and_time_alone_never_makes_a_refused_card_valid(
    held, hours
):
    card_ends = NOW + 30 * DAY
    text = a_card(expires_at=card_ends)
    seen = []
    for moment in sorted(NOW + timedelta(hours=hour) for hour in hours):
        verdict = check(text, held, moment)
        seen.append(verdict.outcome)
        if verdict.outcome == "valid":
            found = held.lists[f"{ADDRESS}/0"]
            assert moment < min(found.expires_at, held.bundle.expires_at, card_ends)
            said = (
                held.delta
                and held.delta.issued_at >= found.issued_at
                and (held.delta.entry(0, INDEX))
            )
            assert said not in {"revoked", "suspended"}
            assert "valid" in {found.status(INDEX), said}
    # From valid on there is only less: nothing comes back without a contact.
    assert "valid" not in seen[seen.count("valid") :]


def _kept(status, delta=None, *, replayed=None):
    held = kept()
    held.take_list(a_list(ISSUER, {INDEX: status}))
    for at, said in ((NOW + HOUR, delta), (NOW + HOUR / 2, replayed)):
        if said is not None:
            held.take_delta(a_delta(ISSUER, [(0, INDEX, said)], base={0: NOW}, at=at))
    return held


def test_two_thousand_cards_that_were_signed_rightly_and_do_not_count():
    """The other part of the hundred thousand: genuine tokens, refused for what is said of them."""
    soon, late = NOW + 2 * HOUR, NOW + 7 * DAY
    cases = [
        ("revoked", _kept(1), soon),
        ("suspended", _kept(2), soon),
        ("not_active", _kept(3), soon),
        ("suspended", _kept(0, 2), soon),
        ("revoked", _kept(0, 1), soon),
        # An older delta, replayed after the newer one: the card stays blocked.
        ("suspended", _kept(2, 2, replayed=0), soon),
        ("list_expired", _kept(0), late),
        ("list_missing", kept(), soon),
    ]
    told: Counter[str] = Counter()
    for number in range(2_000):
        word, held, moment = cases[number % len(cases)]
        verdict = check(a_card(printed_name=f"NAMA {number}"), held, moment)
        told[verdict.reason] += 1
        assert (verdict.outcome == "valid", verdict.reason) == (False, word)
    assert sum(told.values()) == 2_000


# ----------------------------------------------------------------------------------- the command


def test_the_command_for_partners_says_it_in_both_languages(tmp_path, monkeypatch):
    import typer

    root = Root()
    bundle = tmp_path / "bundle.cbor"
    bundle.write_bytes(a_bundle(root, a_content(root, [ISSUER])))
    (tmp_path / "0.cwt").write_bytes(a_list(ISSUER, {INDEX: 0, 5: 1}))
    (tmp_path / "delta.cbor").write_bytes(a_delta(ISSUER, [(0, 6, 2)], base={0: NOW}))
    monkeypatch.setattr(clock, "utc_now", lambda: NOW + HOUR)
    app = typer.Typer()
    app.command()(card_check.main)
    fingerprint = root.key.thumbprint.hex()

    def said(text, *more):
        given = ["--trust", str(bundle), "--lists", str(tmp_path), *more]
        done = CliRunner().invoke(app, [*given, "-"], input=text + "\n")
        return done.exit_code, done.output

    code, output = said(CARD, "--root", fingerprint)
    assert (code, output.splitlines()) == (0, ["BERLAKU", "VALID"])
    code, output = said(a_card(index=5), "--root", fingerprint)
    assert code == 1
    assert "DITOLAK: kartu dicabut (revoked)" in output
    assert said(a_card(index=6), "--root", fingerprint)[0] == 1
    assert said(a_card(number=2), "--root", fingerprint)[0] == 2
    assert said("HELLO")[0] == 1
    assert said(CARD, "--root", "00" * 32)[0] == card_check.CANNOT_TELL
    bundle.write_bytes(b"nonsense")
    assert said(CARD)[0] == card_check.CANNOT_TELL


def test_every_word_has_both_languages():
    words = {*CARD_REFUSAL_CODES, *NAMES.values()} - {"valid"}
    assert words <= set(REASONS)
    assert all(len(set(pair)) == 2 for pair in (*REASONS.values(), *OUTCOMES.values()))
