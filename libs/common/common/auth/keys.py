"""The issuer's public keys: fetched when needed, kept while they are young, found by key id."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from joserfc.jws import JWSRegistry

from common.problems import Refused

# Named here and never taken from a token. No HMAC: a public key must not serve as a shared one.
ALGORITHMS = ["Ed25519", "EdDSA", "ES256", "RS256", "PS256"]
# A withdrawn key is distrusted after this long at the latest.
KEYS_AGE_MAX_S = 300.0
# An unknown key id asks the issuer again, but not more often than this.
KEYS_REFRESH_MIN_S = 10.0
# While the issuer is away its last keys serve: no token of theirs lives as long as this.
KEYS_STALE_MAX_S = 3600.0

FetchKeys = Callable[[], Awaitable[dict[str, Any]]]


class SignatureRules(JWSRegistry):
    """Takes EdDSA as what it always is here, Ed25519 (RFC 9864 renamed it; issuers have not)."""

    def __init__(self) -> None:
        # Headers that are only informative may be there; `crit` is still obeyed.
        super().__init__(algorithms=ALGORITHMS, strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        """Return the algorithm of a name; raises UnsupportedAlgorithmError."""
        return super().get_alg("Ed25519" if name == "EdDSA" else name)


SIGNATURE_RULES = SignatureRules()


class UnknownKey(Exception):
    """The issuer publishes no key with this id for this algorithm."""


class PublishedKeys:
    """The keys of one issuer, by id."""

    def __init__(self, fetch: FetchKeys) -> None:
        self._fetch = fetch
        self._keys: dict[str, tuple[Key, str | None]] = {}
        self._seen: frozenset[str] = frozenset()
        self._fetched_at = self._tried_at = -KEYS_STALE_MAX_S
        self._one_at_a_time = asyncio.Lock()
        # Grows whenever the set changes, so that what was verified before can be forgotten.
        self.version = 0

    async def find(self, key_id: str, algorithm: str) -> Key:
        """Return the key with which a signature is verified.

        Raises UnknownKey; Refused issuer_unreachable when there are no keys to go by.
        """
        await self.keep_young()
        if key_id not in self._keys:
            await self._refresh()
        key, only_for = self._keys.get(key_id, (None, None))
        if key is None or only_for not in {None, algorithm, _other_name(algorithm)}:
            raise UnknownKey(algorithm)
        return key

    async def keep_young(self) -> None:
        """Fetch the keys when they are too old to be trusted unseen."""
        if self._age_s() > KEYS_AGE_MAX_S and not self._is_being_done():
            await self._refresh()

    def _age_s(self) -> float:
        return time.monotonic() - self._fetched_at

    def _is_being_done(self) -> bool:
        return self._one_at_a_time.locked() and self._age_s() < KEYS_STALE_MAX_S

    async def _refresh(self) -> None:
        async with self._one_at_a_time:
            if time.monotonic() - self._tried_at < KEYS_REFRESH_MIN_S:
                is_usable = self._age_s() < KEYS_STALE_MAX_S
            else:
                is_usable = await self._try()
        if not is_usable:
            raise Refused("issuer_unreachable")

    async def _try(self) -> bool:
        try:
            found = [one for one in listed((await self._fetch())["keys"]) if isinstance(one, dict)]
            self._keys = dict(_imported(found))
        except (Refused, KeyError, TypeError, ValueError):
            self._tried_at = time.monotonic()
            return self._age_s() < KEYS_STALE_MAX_S
        self._tried_at = self._fetched_at = time.monotonic()
        seen = frozenset(str(sorted(one.items())) for one in found)
        if seen != self._seen:
            self._seen = seen
            self.version += 1
        return True


def listed(keys: object) -> list[Any]:
    """Return the keys of a key set; raises TypeError when it has another form."""
    if not isinstance(keys, list):
        raise TypeError("a key set has a list of keys (RFC 7517 §5.1)")
    return keys


def _imported(published: list[dict[str, Any]]) -> list[tuple[str, tuple[Key, str | None]]]:
    """Read the keys that can verify a signature; one we do not understand spoils no other."""
    found = []
    for one in published:
        kind = {name: value for name, value in one.items() if name not in {"alg", "key_ops"}}
        if one.get("use", "sig") != "sig" or one.get("kty") == "oct" or "kid" not in one:
            continue
        try:
            found.append((str(one["kid"]), (JWKRegistry.import_key(kind), one.get("alg"))))
        except (JoseError, ValueError, KeyError, TypeError):
            continue
    return found


def _other_name(algorithm: str) -> str | None:
    return {"EdDSA": "Ed25519", "Ed25519": "EdDSA"}.get(algorithm)
