"""The signature of a terminal's request: one form, read strictly, and nothing that breaks it."""

import base64
import hashlib
import string
from collections.abc import Callable

import httpx2 as httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.redemption.a_terminal import ED25519, P256, Key, a_terminal
from tests.redemption.world import FOOD_POINT

from common.card_number import ALPHABET, check_character
from common.problems import Refused
from redemption.terminals.device_keys import verifier_of
from redemption.terminals.rules import new_code, read_code
from redemption.terminals.signature_rules import NAMES, Signed, read

TERMINAL = "01930000-0000-7000-8000-0000000000aa"
DIGEST = "sha-256=:" + base64.b64encode(hashlib.sha256(b"{}").digest()).decode() + ":"
TOKEN = "t" * 43
SIGNATURE = "khbs=:" + base64.b64encode(bytes(64)).decode() + ":"
INPUT = (
    'khbs=("@method" "@path" "@query" "content-digest" "khbs-operator");created=1795337820;'
    f'keyid="{TERMINAL}";alg="ecdsa-p256-sha256"'
)
GOOD = {
    "signature-input": INPUT,
    "signature": SIGNATURE,
    "content-digest": DIGEST,
    "khbs-operator": TOKEN,
}
NEARLY = st.one_of(
    st.sampled_from(sorted({*GOOD.values(), INPUT.replace("khbs=", "sig1="), ""})),
    st.text(string.printable, max_size=120),
    st.builds(
        lambda text, at, piece: text[:at] + piece + text[at:],
        st.sampled_from(sorted(GOOD.values())),
        st.integers(0, 120),
        st.text(max_size=5),
    ),
)
KEYS = {algorithm: Key(algorithm) for algorithm in (P256, ED25519)}


def outcome(act: Callable[[], object]) -> object:
    """What an act gives, or the word of its refusal; any other error is a fault."""
    try:
        return act()
    except Refused as refusal:
        return refusal.code


def as_headers(named: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("utf-8")) for name, value in named.items()]


def test_the_signature_base_is_that_of_the_rfc():
    signed = read(as_headers(GOOD))
    assert (
        signed.base("POST", "/v1/redemptions", "")
        == (
            '"@method": POST\n'
            '"@path": /v1/redemptions\n'
            '"@query": ?\n'
            f'"content-digest": {DIGEST}\n'
            f'"khbs-operator": {TOKEN}\n'
            '"@signature-params": ("@method" "@path" "@query" "content-digest" "khbs-operator")'
            f';created=1795337820;keyid="{TERMINAL}";alg="ecdsa-p256-sha256"'
        ).encode()
    )
    assert b'"@query": ?unsent=3\n' in signed.base("GET", "/v1/terminal", "unsent=3")


@given(st.dictionaries(st.sampled_from(sorted(GOOD)), NEARLY))
@example({**GOOD, "khbs-operator": TOKEN + "\n"})
@example({**GOOD, "signature-input": INPUT + "\n"})
@example({**GOOD, "signature-input": INPUT.replace("1795337820", "١٧٩٥٣٣٧٨٢٠")})
def test_headers_are_read_in_the_one_form_or_refused(named: dict[str, str]):
    signed = outcome(lambda: read(as_headers(named)))
    if not isinstance(signed, Signed):
        assert signed == "terminal_signature_malformed"
        return
    assert len(signed.signature) == 64
    assert f"khbs={signed.parameters}" == named["signature-input"]
    assert bool(signed.operator) == ("khbs-operator" in signed.parameters)
    assert bool(signed.content_digest) == ("content-digest" in signed.parameters)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_header_that_comes_twice_is_refused(name: bytes):
    with pytest.raises(Refused, match="terminal_signature_malformed"):
        read([*as_headers(GOOD), (name, GOOD[name.decode()].encode())])


@pytest.mark.parametrize("without", sorted(GOOD))
def test_what_is_covered_must_be_there(without: str):
    with pytest.raises(Refused, match="terminal_signature_malformed"):
        read(as_headers({name: value for name, value in GOOD.items() if name != without}))


@given(st.binary(max_size=80), st.binary(max_size=40))
@example(bytes(64), b"")
@example(b"\xff" * 64, b"")
def test_a_signature_that_is_not_the_keys_is_never_taken_nor_an_error(
    signature: bytes, signed: bytes
):
    for algorithm in (P256, ED25519):
        key = KEYS[algorithm]
        assert not verifier_of(algorithm, base64.b64decode(key.public))(signature, signed)


@given(st.binary(max_size=70), st.sampled_from([P256, ED25519]))
@example(b"\x00", P256)
@example(b"\x02" + bytes(31) + b"\x01", P256)
@example(bytes(65), P256)
def test_what_is_no_key_is_refused_in_words(raw: bytes, algorithm: str):
    if outcome(lambda: verifier_of(algorithm, raw)) != "terminal_key_malformed":
        assert (algorithm, len(raw)) in {(ED25519, 32), (P256, 65)}


@pytest.mark.parametrize("algorithm", [P256, ED25519])
def test_a_signature_counts_for_its_own_text_only(algorithm: str):
    key = Key(algorithm)
    verify = verifier_of(algorithm, base64.b64decode(key.public))
    signature = base64.b64decode(key.sign(b"this"))
    assert verify(signature, b"this")
    assert not verify(signature, b"that")
    assert not verify(signature[::-1], b"this")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(sorted(GOOD)), NEARLY.filter(str.isascii)))
async def test_no_header_makes_the_service_stumble(
    client: httpx.AsyncClient, named: dict[str, str]
):
    named = {**named, "signature-input": named.get("signature-input", INPUT)}
    headers = {name: value.replace("\n", "").replace("\r", "") for name, value in named.items()}
    answer = await client.get("/v1/terminal", headers=headers)
    assert answer.status_code in {401, 403}
    assert answer.json()["code"].startswith("terminal_")


async def test_a_path_is_signed_as_it_was_sent(client: httpx.AsyncClient):
    terminal = await a_terminal(client, FOOD_POINT)
    odd = "/v1/redemptions/%30%30?x=%2F&x=a+b"
    answer = await terminal.get(odd)
    # Not a redemption's id, but signed rightly.
    assert answer.json()["code"] == "invalid_input"


@given(st.integers(0, len(ALPHABET) ** 8 - 1), st.integers(0, 8), st.sampled_from(ALPHABET))
def test_one_wrong_character_of_a_code_is_always_noticed(number: int, place: int, wrong: str):
    plain = "".join(ALPHABET[number >> 5 * nth & 31] for nth in range(8))
    code = plain + check_character(plain)
    assert read_code(f"{code[:5].lower()} {code[5:]}") == code
    if code[place] != wrong:
        with pytest.raises(Refused, match="enrolment_code_mistyped"):
            read_code(code[:place] + wrong + code[place + 1 :])


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_refused(text: str):
    found = outcome(lambda: read_code(text))
    assert found == "enrolment_code_mistyped" or len(str(found)) == 9


def test_codes_are_random():
    assert len({new_code() for _ in range(1000)}) == 1000
