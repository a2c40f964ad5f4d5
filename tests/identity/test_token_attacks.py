"""Tokens that must be refused, however well they are made."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey
from tests.identity.issuers import ISSUER, SmallIssuer, encoded, good, new_key, public

from common.auth.tokens import ACCESS_TOKEN
from common.problems import Refused


@pytest.fixture
def issuer() -> SmallIssuer:
    return SmallIssuer()


async def refusal_of(issuer: SmallIssuer, token: str, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        await issuer.verifier(**more).principal(token)
    return refused.value.code


async def test_a_good_token_names_its_person(issuer: SmallIssuer):
    principal = await issuer.verifier().principal(issuer.token(name="Rina"))
    assert (principal.subject, principal.name) == ("person-1", "Rina")
    assert "audit.read" in principal.permissions


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
async def test_a_token_that_nobody_signed_is_refused(issuer: SmallIssuer, algorithm: str):
    head = {"alg": algorithm, "kid": "one", "typ": ACCESS_TOKEN}
    for signature in ("", "AAAA"):
        token = f"{encoded(head)}.{encoded(good())}.{signature}"
        assert await refusal_of(issuer, token) == "token_invalid"


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
async def test_a_public_key_does_not_serve_as_a_shared_secret(algorithm: str, issuer: SmallIssuer):
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"})
    issuer.published = [public(rsa)]
    digest = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[algorithm]
    secrets = [rsa.as_pem(private=False), json.dumps(public(rsa)).encode()]
    for secret in secrets:
        head = encoded({"alg": algorithm, "kid": "rsa", "typ": ACCESS_TOKEN})
        signed = f"{head}.{encoded(good())}"
        mac = hmac.new(secret, signed.encode(), digest).digest()
        token = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
        assert await refusal_of(issuer, token) == "token_invalid"


async def test_a_published_shared_secret_is_no_key(issuer: SmallIssuer):
    shared = OctKey.generate_key(256, {"kid": "shared"})
    issuer.published = [dict(shared.as_dict(private=True))]
    signed = f"{encoded({'alg': 'HS256', 'kid': 'shared'})}.{encoded(good())}"
    mac = hmac.new(shared.raw_value, signed.encode(), hashlib.sha256).digest()
    token = f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    assert await refusal_of(issuer, token) == "token_invalid"


async def test_a_key_in_the_token_itself_is_ignored(issuer: SmallIssuer):
    attacker = new_key("one")
    for header in (
        {"jwk": public(attacker)},
        {"jku": "https://attacker.example/jwks"},
        {"x5u": "https://attacker.example/cert"},
    ):
        token = issuer.token(header, key=attacker)
        assert await refusal_of(issuer, token) == "token_invalid"


async def test_another_key_under_a_known_id_is_refused(issuer: SmallIssuer):
    assert await refusal_of(issuer, issuer.token(key=new_key("one"))) == "token_invalid"


async def test_an_unknown_key_id_is_refused(issuer: SmallIssuer):
    assert await refusal_of(issuer, issuer.token(key=new_key("two"))) == "token_invalid"


@pytest.mark.parametrize("key_id", [None, "../../dev/null", "' OR 1=1 --", "o" * 300])
async def test_a_key_id_is_only_a_name(issuer: SmallIssuer, key_id: str | None):
    head = {"alg": "EdDSA", "typ": ACCESS_TOKEN} | ({"kid": key_id} if key_id else {})
    token = f"{encoded(head)}.{encoded(good())}.{'A' * 86}"
    assert await refusal_of(issuer, token) == "token_invalid"


async def test_a_key_for_one_algorithm_does_not_verify_another(issuer: SmallIssuer):
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"})
    issuer.published = [public(rsa) | {"alg": "PS256"}]
    assert await refusal_of(issuer, issuer.token({"alg": "RS256"}, key=rsa)) == "token_invalid"
    good_one = issuer.token({"alg": "PS256"}, key=rsa)
    assert (await issuer.verifier().principal(good_one)).subject == "person-1"


async def test_a_key_for_encryption_verifies_nothing(issuer: SmallIssuer):
    issuer.published = [public(issuer.keys[0]) | {"use": "enc"}]
    assert await refusal_of(issuer, issuer.token()) == "token_invalid"


async def test_a_header_that_must_be_understood_is(issuer: SmallIssuer):
    import joserfc.jwt
    from joserfc.jws import JWSRegistry
    from joserfc.registry import HeaderParameter

    from common.auth.keys import ALGORITHMS

    lax = JWSRegistry({"exotic": HeaderParameter("exotic", "str")}, ["Ed25519", *ALGORITHMS])
    head = {"alg": "Ed25519", "kid": "one", "typ": ACCESS_TOKEN, "crit": ["exotic"], "exotic": "1"}
    token = joserfc.jwt.encode(head, good(), issuer.keys[0], registry=lax)
    assert await refusal_of(issuer, token) == "token_invalid"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-service"},
        {"aud": ["another", "third"]},
        {"aud": None},
        {"aud": ""},
        {"aud": 7},
        {"iss": "https://attacker.example"},
        {"iss": f"{ISSUER}.attacker.example"},
        {"iss": f"{ISSUER}//"},
        {"iss": None},
        {"sub": None},
        {"sub": 7},
        {"exp": None},
        {"exp": "tomorrow"},
    ],
    ids=str,
)
async def test_a_wrong_claim_is_refused(issuer: SmallIssuer, claims: dict[str, Any]):
    assert await refusal_of(issuer, issuer.token(**claims)) == "token_invalid"


@pytest.mark.parametrize(("claim", "from_now_s"), [("exp", -31), ("nbf", 90), ("iat", 90)])
async def test_a_token_of_another_time_is_refused(
    issuer: SmallIssuer, claim: str, from_now_s: float
):
    changed: dict[str, Any] = {claim: time.time() + from_now_s}
    token = issuer.token(**changed)
    assert await refusal_of(issuer, token) == "token_invalid"


@pytest.mark.parametrize("claims", [{"aud": ["other", "khbs"]}, {"iss": f"{ISSUER}/"}], ids=str)
async def test_what_providers_write_differently_is_accepted(
    issuer: SmallIssuer, claims: dict[str, Any]
):
    assert (await issuer.verifier().principal(issuer.token(**claims))).subject == "person-1"


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "JWT"}, {"aud": "registry", "nonce": "n"}),
        ({"typ": "JWT"}, {"at_hash": "x"}),
        ({"typ": "JWT"}, {"typ": "ID"}),
        ({"typ": "JWT"}, {"typ": "Refresh"}),
        ({"typ": "logout+jwt"}, {}),
        ({"typ": "secevent+jwt"}, {}),
    ],
    ids=str,
)
async def test_a_token_made_for_something_else_gives_no_access(
    issuer: SmallIssuer, header: dict[str, Any], claims: dict[str, Any]
):
    assert await refusal_of(issuer, issuer.token(header, **claims)) == "token_invalid"


async def test_the_built_in_issuer_names_its_access_tokens(issuer: SmallIssuer):
    only = {"access_types": {ACCESS_TOKEN}}
    assert await refusal_of(issuer, issuer.token({"typ": "JWT"}), **only) == "token_invalid"
    assert await refusal_of(issuer, issuer.token({"typ": None}), **only) == "token_invalid"


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({}, {"aud": "registry"}),
        ({"typ": "JWT"}, {"aud": "issuance"}),
        ({"typ": "JWT"}, {"aud": ["registry", "issuance"]}),
        ({"typ": "JWT"}, {"aud": ["registry", "issuance"], "azp": "issuance"}),
        ({"typ": "JWT"}, {"aud": "registry", "azp": "issuance"}),
    ],
    ids=str,
)
async def test_an_id_token_for_someone_else_signs_nobody_in(
    issuer: SmallIssuer, header: dict[str, Any], claims: dict[str, Any]
):
    with pytest.raises(Refused, match="token_invalid"):
        await issuer.verifier().id_claims(issuer.token(header, **claims), "registry")


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b.c", "a.b.c.d.e", "e30.e30.e30", "x" * 9000, f"{'[' * 4000}.a.b", "\x00.."],
    ids=lambda token: token[:12] or "empty",
)
async def test_what_is_not_a_token_is_refused(issuer: SmallIssuer, token: str):
    assert await refusal_of(issuer, token) == "token_invalid"


@pytest.mark.parametrize(
    "header", [[], 7, "x", {"kid": 1, "alg": "EdDSA"}, {"kid": "one"}], ids=str
)
async def test_a_header_of_another_form_is_refused(issuer: SmallIssuer, header: object):
    token = f"{encoded(header)}.{encoded(good())}.{'A' * 86}"
    assert await refusal_of(issuer, token) == "token_invalid"


async def test_every_named_algorithm_verifies(issuer: SmallIssuer):
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"})
    curve = ECKey.generate_key("P-256", {"kid": "curve"})
    issuer.keys += [rsa, curve]
    verifier = issuer.verifier()
    for algorithm, key in (
        ("EdDSA", issuer.keys[0]),
        ("Ed25519", issuer.keys[0]),
        ("ES256", curve),
        ("RS256", rsa),
        ("PS256", rsa),
    ):
        token = issuer.token({"alg": algorithm}, key=key)
        assert (await verifier.principal(token)).subject == "person-1"
