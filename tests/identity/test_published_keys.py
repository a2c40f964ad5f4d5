"""The issuer's keys and the tokens they verified: remembered for a while, never for too long."""

import asyncio
import time
from typing import Any

import pytest
from tests.identity.issuers import SmallIssuer, new_key, public

from common.auth import keys
from common.problems import Refused


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_s

    def time(self) -> float:
        return time.time() + self.ahead_s


@pytest.fixture
def issuer() -> SmallIssuer:
    return SmallIssuer()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    for module in ("common.auth.keys", "common.auth.tokens"):
        monkeypatch.setattr(f"{module}.time", moved)
    monkeypatch.setattr("joserfc._rfc7519.claims._generate_now", lambda: int(moved.time()))
    return moved


async def refused(verifier: Any, token: str) -> str:
    with pytest.raises(Refused) as found:
        await verifier.principal(token)
    return found.value.code


async def test_many_tokens_at_once_fetch_the_keys_once(issuer: SmallIssuer):
    verifier = issuer.verifier()
    tokens = [issuer.token(sub=f"person-{number}") for number in range(50)]
    await asyncio.gather(*(verifier.principal(token) for token in tokens))
    assert issuer.fetches == 1


async def test_a_new_key_is_found_by_the_first_token_it_signed(issuer: SmallIssuer, clock: Clock):
    verifier = issuer.verifier()
    await verifier.principal(issuer.token())
    clock.ahead_s += keys.KEYS_REFRESH_MIN_S + 1
    issuer.keys.insert(0, new_key("two"))
    await verifier.principal(issuer.token())
    assert issuer.fetches == 2


async def test_made_up_key_ids_do_not_make_the_service_ask_all_the_time(issuer: SmallIssuer):
    verifier = issuer.verifier()
    await verifier.principal(issuer.token())
    for number in range(20):
        assert await refused(verifier, issuer.token(key=new_key(f"n{number}"))) == "token_invalid"
    assert issuer.fetches == 1


async def test_a_withdrawn_key_is_distrusted_even_for_a_token_seen_before(
    issuer: SmallIssuer, clock: Clock
):
    verifier = issuer.verifier()
    token = issuer.token(exp=time.time() + 3600)
    await verifier.principal(token)
    issuer.keys = [new_key("two")]
    await verifier.principal(token)
    clock.ahead_s += keys.KEYS_AGE_MAX_S + 1
    assert await refused(verifier, token) == "token_invalid"


async def test_a_token_seen_before_ends_when_it_ends(issuer: SmallIssuer, clock: Clock):
    verifier = issuer.verifier()
    token = issuer.token(exp=time.time() + 60)
    await verifier.principal(token)
    clock.ahead_s += 60 + 31
    assert await refused(verifier, token) == "token_invalid"


async def test_while_the_issuer_is_away_its_last_keys_serve(issuer: SmallIssuer, clock: Clock):
    verifier = issuer.verifier()
    await verifier.principal(issuer.token())
    issuer.is_away = True
    clock.ahead_s += keys.KEYS_AGE_MAX_S + 1
    token = issuer.token(exp=clock.time() + 7200, iat=clock.time())
    assert (await verifier.principal(token)).subject == "person-1"
    asked = issuer.fetches
    await verifier.principal(issuer.token(sub="person-2", exp=clock.time() + 7200))
    assert issuer.fetches == asked
    clock.ahead_s += keys.KEYS_STALE_MAX_S
    assert await refused(verifier, token) == "issuer_unreachable"


async def test_without_any_keys_the_service_says_that_the_issuer_is_away(issuer: SmallIssuer):
    issuer.is_away = True
    assert await refused(issuer.verifier(), issuer.token()) == "issuer_unreachable"


async def test_a_key_that_we_do_not_understand_spoils_no_other(issuer: SmallIssuer):
    strange: list[dict[str, Any]] = [
        {"kty": "AKP", "kid": "future", "alg": "ML-DSA-44", "pub": "AA"},
        {"kty": "OKP", "kid": "curve", "crv": "Ed25520", "x": "AA"},
        {"kty": "RSA", "kid": "broken"},
        {"kid": "empty"},
        {},
    ]
    issuer.published = [*strange, public(issuer.keys[0])]
    assert (await issuer.verifier().principal(issuer.token())).subject == "person-1"


@pytest.mark.parametrize("published", ["x", [7], [], None, {"a": 1}], ids=str)
async def test_a_key_set_of_another_form_is_no_key_set(issuer: SmallIssuer, published: Any):
    async def fetch() -> dict[str, Any]:
        return {"keys": published} if published is not None else {}

    verifier = issuer.verifier()
    verifier._keys = keys.PublishedKeys(fetch)
    assert await refused(verifier, issuer.token()) in {"issuer_unreachable", "token_invalid"}


async def test_the_cache_does_not_grow_without_bound(
    issuer: SmallIssuer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("common.auth.tokens.VERIFIED_CACHE_MAX", 10)
    verifier = issuer.verifier()
    for number in range(30):
        await verifier.principal(issuer.token(sub=f"person-{number}"))
    assert len(verifier._verified) == 10
