"""Reading a Beneficiary of the standard: who, on which programme, since when, still or no longer.

The vocabulary and its examples write the same thing in several ways (a list of identifiers, one
text, a person inside a person); all of them are read, and what stays unclear is refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.dci.rules import DIGITS_16, day

PERSON_KINDS = frozenset({"UIN", "NIK", "NIN", "NID", "NATIONALID"})
FAMILY_KINDS = frozenset({"KK", "HOUSEHOLD_ID"})
ON_IT = {"1": "yes", "active": "yes", "enrolled": "yes"}
OFF_IT = dict.fromkeys(
    ("2", "3", "4", "deceased", "graduated", "suspended", "exited", "inactive"), "no"
)
STATES = ON_IT | OFF_IT


class Unreadable(Exception):
    """A record cannot be used; the text is a word for why."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a record says."""

    purpose: str
    number: str
    roster_code: str
    value: str
    since: date


def told_by(record: Mapping[str, Any], roster_codes: Sequence[str], today: date) -> Told:
    """Read a record; raises Unreadable."""
    purpose, number = _who(record)
    inner = record.get("programme_identifier")
    about = inner if isinstance(inner, Mapping) else {}
    code = _programme(inner)
    known = {one.casefold(): one for one in roster_codes}
    if code.casefold() not in known:
        raise Unreadable("programme_not_agreed")
    status = str(_first(record, about, "enrollment_status", "enrolment_status")).casefold()
    if status not in STATES:
        raise Unreadable("status_unknown")
    since = day(_first(record, about, "status_change_date", "") or None)
    since = since or day(_first(record, about, "enrollment_date", "enrolment_date"))
    if since is None or since > today:
        raise Unreadable("date_missing")
    return Told(purpose, number, known[code.casefold()], STATES[status], since)


def _first(record: Mapping[str, Any], inner: Mapping[str, Any], *names: str) -> Any:
    for source in (record, inner):
        for name in names:
            value = source.get(name)
            if isinstance(value, list):
                value = value[-1] if value else None
            if value:
                return value
    return ""


def _who(record: Mapping[str, Any]) -> tuple[str, str]:
    person = {**_of(record, "member"), **_of(record, "person")}
    for kind, number in _identifiers(person):
        if DIGITS_16.fullmatch(number) and (kind in PERSON_KINDS or not kind):
            return "nik", number
    for kind, number in _identifiers(_of(record, "group")):
        if DIGITS_16.fullmatch(number) and (kind in FAMILY_KINDS or not kind):
            return "kk", number
    raise Unreadable("number_missing")


def _of(record: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = record.get(name)
    return value if isinstance(value, Mapping) else {}


def _identifiers(value: Any) -> Iterator[tuple[str, str]]:
    """Walk through what is said about somebody to each identifier: its kind and its number."""
    if isinstance(value, Mapping):
        number = value.get("identifier_value")
        if isinstance(number, str):
            yield str(value.get("identifier_type", "")).rsplit(":", 1)[-1].upper(), number.strip()
        for name, inner in value.items():
            if name in {"member_identifier", "group_identifier"} and isinstance(inner, str):
                yield "", inner.strip()
            elif name not in {"related_person", "member_list", "group_head_info"}:
                yield from _identifiers(inner)
    elif isinstance(value, list):
        for one in value:
            yield from _identifiers(one)


def _programme(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return next((found for one in value if (found := _programme(one))), "")
    if isinstance(value, Mapping):
        for name in ("programme", "program", "programme_identifier", "identifier_value"):
            if value.get(name):
                return _programme(value[name])
    return ""
