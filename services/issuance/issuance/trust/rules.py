"""What the root is asked to sign, in a file that people can read, and what is new in it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from common.cose_keys import RootKey, SigningKey
from common.trust_bundle import LIVES, BundleContent

FORM = "khbs-trust-request-1"
# The oldest version of a verifier's app that reads what we publish now.
MIN_APP = "1.0.0"
# Addresses of lists that are opened when the present ones are full: a new list needs no new bundle.
LISTS_AHEAD = 3
# A bundle lives 30 days; so it is renewed with three weeks to spare, and people warned in time.
RENEW_AFTER = timedelta(days=7)
WARN_BEFORE_END = timedelta(days=10)
_DATES = ("not_before", "sign_until", "verify_until")


class RequestRefused(ValueError):
    """The file is no request for a trust bundle."""


@dataclass(frozen=True, slots=True)
class Request:
    """All that a bundle will say, but for its moment and its roots: those are the signer's."""

    version: int
    issuer: str
    keys: tuple[SigningKey, ...]
    lists: Mapping[int, str]
    delta_uri: str
    min_app: str
    # Of the last published bundle: the root that may sign next and is not yet used.
    next_root: RootKey | None


def write_request(request: Request) -> str:
    """Return the file that is carried to the root."""
    said = asdict(request)
    said["keys"] = [
        {
            **asdict(key),
            "kid": key.kid.hex(),
            "public_key": key.public_key.hex(),
            **{name: getattr(key, name).isoformat() for name in _DATES},
        }
        for key in request.keys
    ]
    said["next_root"] = request.next_root and request.next_root.public_key.hex()
    return json.dumps({"form": FORM, **said}, indent=2, ensure_ascii=False) + "\n"


def read_request(text: str) -> Request:
    """Return what a file asks for; raises RequestRefused."""
    try:
        said = json.loads(text)
        if said["form"] != FORM:
            raise RequestRefused("the file has another form")
        return Request(
            int(said["version"]),
            str(said["issuer"]),
            tuple(_read_key(one) for one in said["keys"]),
            {int(number): str(uri) for number, uri in said["lists"].items()},
            str(said["delta_uri"]),
            str(said["min_app"]),
            RootKey("Ed25519", bytes.fromhex(said["next_root"])) if said["next_root"] else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RequestRefused("not a request for a trust bundle") from error


def _read_key(said: Mapping[str, Any]) -> SigningKey:
    not_before, sign_until, verify_until = (
        datetime.fromisoformat(said[name]).astimezone(UTC) for name in _DATES
    )
    public_key = bytes.fromhex(said["public_key"])
    key = SigningKey(
        said["algorithm"], public_key, not_before, sign_until, verify_until, said["state"]
    )
    if key.kid.hex() != said["kid"]:
        raise RequestRefused("a key's id is not that of the key")
    return key


def content_of(
    request: Request, *, root: RootKey, next_root: RootKey, issued_at: datetime
) -> BundleContent:
    """Return what the bundle says."""
    issued_at = issued_at.replace(microsecond=0)
    return BundleContent(
        request.version,
        request.issuer,
        issued_at,
        issued_at + LIVES,
        root,
        next_root,
        request.keys,
        request.lists,
        request.delta_uri,
        request.min_app,
    )


def in_words(request: Request) -> list[str]:
    """Return, line by line, what is to be signed."""
    keys = [
        f"  key {key.kid.hex()}  {key.algorithm:8} {key.state:12}"
        f" signs {key.not_before:%Y-%m-%d} to {key.sign_until:%Y-%m-%d},"
        f" its cards count until {key.verify_until:%Y-%m-%d}"
        for key in request.keys
    ]
    lists = [f"  list {number}  {uri}" for number, uri in sorted(request.lists.items())]
    return [
        f"trust bundle version {request.version} of {request.issuer}",
        *keys,
        *lists,
        f"  delta   {request.delta_uri}",
        f"  oldest app that reads it: {request.min_app}",
    ]


def differences(new: Request, old: BundleContent | None) -> list[str]:
    """Return, line by line, what the last published bundle did not say, or said otherwise."""
    if old is None:
        return ["  this is the first bundle"]
    before, now = {key.kid: key for key in old.keys}, {key.kid: key for key in new.keys}
    found = [f"  + key {kid.hex()} ({now[kid].state})" for kid in now.keys() - before.keys()]
    found += [
        f"  - key {kid.hex()} (was {before[kid].state})" for kid in before.keys() - now.keys()
    ]
    found += [
        f"  ~ key {kid.hex()}: {before[kid].state} -> {now[kid].state}"
        for kid in now.keys() & before.keys()
        if now[kid] != before[kid]
    ]
    found += [f"  + list {number}" for number in new.lists.keys() - old.lists.keys()]
    found += [
        f"  ~ list {number}: {old.lists[number]} -> {uri}"
        for number, uri in new.lists.items()
        if old.lists.get(number, uri) != uri
    ]
    return sorted(found) or ["  nothing but the dates"]


def says_the_same(new: Request, old: BundleContent) -> bool:
    """Tell whether a bundle in force still says all that is to be said now.

    Of the addresses of lists it is enough that those in use and the next one are in it.
    """
    in_use = sorted(new.lists)[: len(new.lists) - LISTS_AHEAD + 1]
    return (
        set(new.keys) == set(old.keys)
        and all(old.lists.get(number) == new.lists[number] for number in in_use)
        and all(new.lists.get(number, uri) == uri for number, uri in old.lists.items())
        and (new.delta_uri, new.issuer, new.min_app) == (old.delta_uri, old.issuer, old.min_app)
    )
