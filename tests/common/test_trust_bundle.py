"""Trust bundles: whom a verifier believes, and what it does not let itself be told."""

from datetime import timedelta
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.common.tokens import NOW, a_token, ed25519_issuer, es256_issuer
from tests.common.trust import Root, a_bundle, a_content, a_delta, a_list, signing_key

from common.base45 import encode_base45
from common.card_token import CardRefused, verify
from common.cose import assemble, to_be_signed
from common.cose_keys import encode_key_set, in_groups, read_key_set
from common.status_delta import StatusDeltaRefused, open_status_delta
from common.status_list import StatusListRefused, open_status_list
from common.trust_bundle import (
    BUNDLE_BYTES_MAX,
    BundleRefused,
    bundle_header,
    encode_bundle,
    verify_bundle,
)

ROOT, NEXT, STRANGER = Root(1), Root(2), Root(3)
ISSUERS = (ed25519_issuer(), es256_issuer())


def content(root=ROOT, **others):
    return a_content(root, ISSUERS, **others)


def refused(data, roots=(ROOT.key,), now=NOW, known=None):
    with pytest.raises(BundleRefused) as caught:
        verify_bundle(data, roots, now, known=known)
    return caught.value.code


def signed(claims, root=ROOT, header=None):
    header = bundle_header(root.key) if header is None else header
    return assemble(header, claims, root.private.sign(to_be_signed(header, claims)))


def test_a_bundle_says_whom_to_believe_and_its_keys_open_cards():
    bundle = verify_bundle(a_bundle(ROOT, content()), [STRANGER.key, ROOT.key], NOW)
    assert bundle.roots == (ROOT.key, NEXT.key)
    assert bundle.lists[3] == "https://kartu.example/s/3"
    for issuer in ISSUERS:
        assert verify(a_token(issuer), bundle.ring, NOW)
    assert len(in_groups(bundle.root.thumbprint)) == 16


@pytest.mark.parametrize("state", ["planned", "verify_only", "retired", "compromised"])
def test_a_keys_state_in_the_bundle_decides(state):
    issuer = ed25519_issuer(state=state)
    bundle = verify_bundle(a_bundle(ROOT, a_content(ROOT, [issuer])), [ROOT.key], NOW)
    assert bundle.keys[0].state == state
    if state in {"planned", "verify_only"}:
        assert verify(a_token(issuer), bundle.ring, NOW)
        return
    with pytest.raises(CardRefused) as caught:
        verify(a_token(issuer), bundle.ring, NOW)
    words = {"retired": "key_out_of_validity", "compromised": "key_compromised"}
    assert caught.value.code == words[state]


def test_who_signs_and_when_decides_and_the_reason_is_told():
    data = a_bundle(ROOT, content())
    assert refused(data, roots=[STRANGER.key]) == "unknown_root"
    assert refused(data, roots=[]) == "unknown_root"
    assert refused(data[:-1] + bytes([data[-1] ^ 1])) == "bad_signature"
    header = bundle_header(ROOT.key)
    forged = assemble(
        header,
        encode_bundle(content()),
        STRANGER.private.sign(to_be_signed(header, encode_bundle(content()))),
    )
    assert refused(forged) == "bad_signature"
    assert refused(data, now=NOW + timedelta(days=30)) == "expired"
    assert refused(data, now=NOW - timedelta(hours=2)) == "not_yet_valid"
    # Whoever signs is the current root of what it signs.
    assert refused(signed(encode_bundle(content(root=NEXT)))) == "malformed"


def test_a_version_never_goes_down_and_has_one_content():
    seven, eight = (a_bundle(ROOT, content(version=version)) for version in (7, 8))
    known = verify_bundle(eight, [ROOT.key], NOW)
    assert refused(seven, known=known) == "older_version"
    assert refused(a_bundle(ROOT, content(version=8, issuer="Lain")), known=known) == (
        "other_content"
    )
    assert verify_bundle(eight, known.roots, NOW, known=known) == known
    # Also when the known one has run out long ago.
    later = NOW + timedelta(days=400)
    fresh = {"issued_at": later, "expires_at": later + timedelta(days=30)}
    assert refused(a_bundle(ROOT, content(version=7, **fresh)), now=later, known=known) == (
        "older_version"
    )


def test_roots_change_one_step_at_a_time():
    first = verify_bundle(a_bundle(ROOT, content()), [ROOT.key], NOW)
    by_next = a_bundle(NEXT, content(version=2, root=NEXT, next_root=STRANGER.key))
    second = verify_bundle(by_next, first.roots, NOW, known=first)
    assert second.roots == (NEXT.key, STRANGER.key)
    # The first root has gone; who was the second's next may come.
    assert refused(a_bundle(ROOT, content(version=3)), second.roots, known=second) == "unknown_root"
    third = a_bundle(STRANGER, content(version=3, root=STRANGER, next_root=ROOT.key))
    assert verify_bundle(third, second.roots, NOW, known=second).version == 3
    # Whoever knows only the first root has missed two steps.
    assert refused(third, first.roots, known=first) == "unknown_root"


def test_a_bundle_is_no_card_and_no_list_and_none_of_them_is_a_bundle():
    data, issuer = a_bundle(ROOT, content()), ISSUERS[0]
    others = [
        a_list(issuer, {1: 2}),
        a_delta(issuer, [(0, 1, 2)], base={0: NOW}),
    ]
    for other in others:
        assert refused(other) == "wrong_type"
    # Even signed by the root itself, in the form of a list or without a type.
    for header in (
        {1: -8, 4: ROOT.key.thumbprint[:4]},
        {1: -8, 4: ROOT.key.thumbprint[:4], 16: "application/statuslist+cwt"},
    ):
        packed = cbor2.dumps(header, canonical=True)
        assert refused(signed(encode_bundle(content()), header=packed)) == "wrong_type"
    ring = issuer.ring
    with pytest.raises(CardRefused):
        verify(encode_base45(data), ring, NOW)
    with pytest.raises(StatusListRefused):
        open_status_list(data, ring)
    with pytest.raises(StatusDeltaRefused):
        open_status_delta(data, ring)
    with pytest.raises(StatusListRefused):
        open_status_list(others[1], ring)
    with pytest.raises(StatusDeltaRefused):
        open_status_delta(others[0], ring)


def test_what_the_root_signed_by_mistake_is_refused():
    good = cbor2.loads(encode_bundle(content()))
    key = good["keys"][0]
    wrong: list[dict[Any, Any] | list[Any] | None] = [
        {**good, "version": 0},
        {**good, "version": "1"},
        {**good, "more": 1},
        {name: value for name, value in good.items() if name != "min_app"},
        {**good, 4: good[6] + 31 * 86400},
        {**good, 4: good[6]},
        {**good, "roots": {"current": good["roots"]["current"]}},
        {**good, "keys": [{**key, "state": "trusted"}]},
        {**good, "keys": [{**key, 2: b"\0\0\0\0"}]},
        {**good, "keys": [{**key, -2: b"\0" * 31}]},
        {**good, "keys": [{**key, -4: b"\1" * 32}]},
        {**good, "keys": [{**key, "sign_until": key["not_before"]}]},
        {**good, "keys": [key] * 65},
        {**good, "lists": {-1: "x"}},
        {**good, "lists": [1]},
        {**good, 1: "x" * 201},
        [],
        None,
    ]
    for claims in wrong:
        assert refused(signed(cbor2.dumps(claims, canonical=True))) == "malformed", claims
    unordered = cbor2.dumps(dict(reversed(good.items())))
    assert refused(signed(unordered)) == "malformed"
    assert refused(b"\0" * (BUNDLE_BYTES_MAX + 1)) == "malformed"
    assert refused(b"") == "malformed"


@settings(max_examples=300, deadline=None)
@given(
    cuts=st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 255)), min_size=1, max_size=4),
    end=st.integers(-40, 5),
)
def test_a_bundle_that_was_changed_in_any_way_is_refused_and_nothing_breaks(cuts, end):
    data = bytearray(a_bundle(ROOT, content()))
    original = bytes(data)
    for at, mask in cuts:
        data[at % len(data)] ^= mask
    changed = bytes(data[:end]) if end < 0 else bytes(data) + b"\0" * end
    if changed != original:
        assert refused(changed)


def test_a_key_set_comes_back_as_it_was_and_others_are_refused():
    keys = [signing_key(issuer) for issuer in ISSUERS]
    data = encode_key_set(keys)
    assert read_key_set(data) == keys
    broken = (b"", b"\x80\0", data[:-1], b"\x01", cbor2.dumps([{}]), cbor2.dumps([1]))
    for wrong in broken:
        with pytest.raises(ValueError, match=r"."):
            read_key_set(wrong)
