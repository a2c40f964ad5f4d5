"""What messages of other systems may ask for, within which limits, in which words; no database."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from common.regions import covers

Registry = Literal["social", "ibr"]

VERSION = "1.0.0"
# Our name in messages; the other system's is in its profile.
SENDER_ID = "khbs-registry"
PREFIXES: dict[Registry, str] = {"social": "/dci/social/v1", "ibr": "/dci/ibr/v1"}
REG_TYPES: dict[Registry, str] = {
    "social": "ns:org:RegistryType:Social",
    "ibr": "ns:org:RegistryType:IBR",
}

# A message is young, and a signature short-lived: what is older is somebody's recording.
MESSAGE_AGE_MAX = timedelta(minutes=10)
CLOCK_SKEW_MAX = timedelta(minutes=5)
SIGNATURE_LIFE_MAX = timedelta(minutes=15)

REQUESTS_PER_MESSAGE_MAX = 20
BENEFICIARIES_PER_MESSAGE_MAX = 500
PAGE_SIZE_MAX = 100
PAGE_SIZE = 10
# Past this a search is no question about somebody any more.
FOUND_MAX = 10_000
REQUESTS_PER_MINUTE = 120
ID_CHARACTERS_MAX = 99

# What a system may see, beyond that a record exists; the words of its agreement.
FIELDS = (
    "nik", "kk", "name", "sex", "birth", "marital", "relation", "region", "members", "decile",
    "enrolments",
)  # fmt: skip

ACTIONS = frozenset(
    {
        "search", "on-search", "subscribe", "on-subscribe", "notify", "unsubscribe",
        "on-unsubscribe", "txn-status", "txn-on-status",
    }
)  # fmt: skip
CALLBACK_PATHS = {
    "on-search": "/registry/on-search",
    "on-subscribe": "/registry/on-subscribe",
    "on-unsubscribe": "/registry/on-unsubscribe",
    "txn-on-status": "/registry/txn/on-status",
    "notify": "/registry/notify",
}
# The events a system can ask to be told of. The spelling of the second pair is the standard's.
EVENTS: dict[Registry, tuple[str, ...]] = {
    "social": ("REGISTER", "NewHouseHoldMember"),
    "ibr": ("enrollement", "enrollement_status_change"),
}
RECORD_TYPES: dict[Registry, tuple[str, ...]] = {
    "social": ("Group", "Member", "SRPerson", "Person"),
    "ibr": ("Beneficiary", "Member", "Group"),
}
DIGITS_16 = re.compile(r"\d{16}")


class Rejected(Exception):
    """A message is not taken at all. `code` is the standard's; `reason` the header's, if any."""

    def __init__(self, code: str, message: str, reason: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.reason = reason


class ItemRejected(Exception):
    """One request of a message is not done; `code` is a status reason code of the standard."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of what was found is wanted."""

    size: int = PAGE_SIZE
    number: int = 1

    @property
    def offset(self) -> int:
        """Return how many records come before this page."""
        return self.size * (self.number - 1)


def moment(value: object) -> datetime | None:
    """Read a timestamp with its zone (ISO 8601); None when it is none."""
    if not isinstance(value, str) or len(value) < 16 or value[10:11] not in {"T", "t"}:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def day(value: object) -> date | None:
    """Read the date that a text begins with; None when there is none."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def stamp(at: datetime) -> str:
    """Write a moment as messages carry it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def demand_header(header: object, action: str, count: int | None, now: datetime) -> None:
    """Refuse a header that does not fit the path, the time or the message; raises Rejected.

    `count` is how many requests the message has, None when that cannot be told.
    """
    if not isinstance(header, Mapping):
        raise Rejected("err.request.bad", "header: an object is required")
    if header.get("version", VERSION) != VERSION:
        raise Rejected("err.version.not_supported", f"only {VERSION}", "rjct.version.invalid")
    said = header.get("action")
    if said != action:
        reason = "rjct.action.invalid" if said in ACTIONS else "rjct.action.not_supported"
        raise Rejected("err.request.bad", f"header.action: {action} is expected here", reason)
    at = moment(header.get("message_ts"))
    if at is None or not now - MESSAGE_AGE_MAX <= at <= now + CLOCK_SKEW_MAX:
        minutes = int(MESSAGE_AGE_MAX.total_seconds() // 60)
        words = f"header.message_ts: with a time zone, and at most {minutes} minutes old"
        raise Rejected("err.request.bad", words, "rjct.message_ts.invalid")
    demand_count(header.get("total_count"), count)
    if header.get("is_msg_encrypted"):
        raise Rejected("err.encryption.invalid", "messages are protected by TLS, not encrypted")


def demand_count(said: object, count: int | None) -> None:
    """Refuse a message whose count is wrong or past the limit; raises Rejected."""
    limit = REQUESTS_PER_MESSAGE_MAX
    if count is not None and count > limit:
        words = f"at most {limit} requests in a message"
        raise Rejected("err.request.bad", words, "rjct.total_count.limit_exceeded")
    if isinstance(said, int) and not isinstance(said, bool) and count is not None and said != count:
        words = f"header.total_count: the message has {count}"
        raise Rejected("err.request.bad", words, "rjct.total_count.invalid")


def page_of(pagination: object) -> Page:
    """Read which page is wanted; raises ItemRejected."""
    if pagination is None:
        return Page()
    given = pagination if isinstance(pagination, Mapping) else {}
    size, number = given.get("page_size"), given.get("page_number", 1)
    whole = all(
        isinstance(one, (int, float)) and not isinstance(one, bool) and one == int(one)
        for one in (size, number)
    )
    if not whole or not 1 <= int(size or 0) <= PAGE_SIZE_MAX or int(number) < 1:
        words = f"page_size: 1 to {PAGE_SIZE_MAX}; page_number: from 1"
        raise ItemRejected("rjct.pagination.invalid", words)
    page = Page(int(size or 0), int(number))
    if page.offset >= FOUND_MAX:
        raise ItemRejected("rjct.pagination.invalid", f"at most {FOUND_MAX} records can be paged")
    return page


def event_of(registry: Registry, name: object) -> str | None:
    """Return the event that a name means ("spdci-common:RegistryEventType:REGISTER"), or None."""
    last = str(name).rsplit(":", 1)[-1].casefold()
    return next((one for one in EVENTS[registry] if one.casefold() == last), None)


def record_type_of(registry: Registry, name: object) -> str | None:
    """Return the kind of record that a name means ("spdci-extensions-dci:Member"), or None."""
    last = str(name).rsplit(":", 1)[-1].casefold()
    return next((one for one in RECORD_TYPES[registry] if one.casefold() == last), None)


def scopes_of(own: Sequence[str], granted: Sequence[str]) -> tuple[str, ...]:
    """Return the regions that lie both in the token's and in the profile's."""
    both = {one for one in granted if any(covers(wide, one) for wide in own)}
    both |= {one for one in own if any(covers(wide, one) for wide in granted)}
    return tuple(sorted(one for one in both if not any(covers(w, one) for w in both if w != one)))


def demand_reference(reference: object, seen: Collection[str]) -> None:
    """Refuse a request whose name is none, or another's in its message; raises ItemRejected."""
    if not isinstance(reference, str) or not 1 <= len(reference) <= ID_CHARACTERS_MAX:
        raise ItemRejected("rjct.reference_id.invalid", f"1 to {ID_CHARACTERS_MAX} characters")
    if reference in seen:
        raise ItemRejected("rjct.reference_id.duplicate", "named twice in this message")


def grounds_of(criteria: Mapping[str, Any]) -> dict[str, Any]:
    """Return the consent and authorisation that a request states, to be kept with it."""
    return {name: criteria[name] for name in ("consent", "authorize") if criteria.get(name)}
