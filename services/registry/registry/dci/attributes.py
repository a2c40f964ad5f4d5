"""What can be asked about families and persons: where it lies, how it is read, who may ask."""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from common.regions import CODE
from registry.dci.rules import ItemRejected, day, moment

Entity = Literal["Group", "Member", "Beneficiary"]
NIK_NAMES = frozenset({"UIN", "NIK", "NIN"})
KK_NAMES = frozenset({"KK", "HOUSEHOLD_ID"})
COMPARISONS = {"eq": "=", "lt": "<", "gt": ">", "le": "<=", "ge": ">="}
SORTS_MAX = 5
OTHER_SPELLINGS = {"lte": "le", "gte": "ge", "ne": "", "exists": ""}

_LIVING = "SELECT count(*) FROM persons m WHERE m.household_id = h.id AND m.status = 'alive'"
_DECILE = """
    SELECT CAST(f.value AS integer) FROM facts f
    WHERE f.household_id = h.id AND f.code = 'dtsen.decile'
    ORDER BY f.valid_to DESC, f.id DESC LIMIT 1"""
_CHANGED = "SELECT max(m.recorded_at) FROM persons m WHERE m.household_id = h.id"


@dataclass(frozen=True, slots=True)
class Attribute:
    """Something that can be asked for: where it is, how a value is read, who may ask."""

    sql: str
    read: Callable[[object], Any]
    # The field that a system must be allowed to see; empty for what says nothing by itself.
    needs: str = ""
    of_person: bool = False
    operators: frozenset[str] = frozenset({*COMPARISONS, "in"})


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("a number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("a number")
    return number


def _date(value: object) -> Any:
    found = day(value)
    if found is None:
        raise ValueError("a date")
    return found


def _time(value: object) -> datetime:
    found = moment(value)
    if found is None:
        found = datetime.combine(_date(value), datetime.min.time(), UTC)
    return found


def _sex(value: object) -> str:
    return {"male": "M", "m": "M", "1": "M", "female": "F", "f": "F", "2": "F"}[str(value).lower()]


def _region(value: object) -> str:
    if not CODE.fullmatch(str(value)):
        raise ValueError("a Kemendagri code")
    return str(value)


_ONE_OF = frozenset({"eq", "in"})
ATTRIBUTES: dict[str, Attribute] = {
    "region_code": Attribute("h.region_code", _region, "region", operators=_ONE_OF),
    "group_size": Attribute(f"({_LIVING})", _number, "members"),
    "poverty_score": Attribute(f"({_DECILE})", _number, "decile"),
    "registration_date": Attribute("h.recorded_at", _time),
    "last_updated": Attribute(f"greatest(h.recorded_at, ({_CHANGED}))", _time),
    "programme_identifier": Attribute("", str, "enrolments", operators=_ONE_OF),
    "sex": Attribute("p.sex", _sex, "sex", of_person=True, operators=_ONE_OF),
    "birth_date": Attribute("p.born_on", _date, "birth", of_person=True),
    "age": Attribute("date_part('year', age(p.born_on))", _number, "birth", of_person=True),
    "marital_status": Attribute("p.marital", str, "marital", of_person=True, operators=_ONE_OF),
}
ENROLLED = """EXISTS (SELECT 1 FROM enrolments x JOIN programmes q ON q.id = x.programme_id
    WHERE x.household_id = h.id AND x.state = 'active' AND q.code {})"""
SORTS: dict[str, tuple[str, frozenset[Entity]]] = {
    "registration_date": ("h.recorded_at", frozenset({"Group", "Member", "Beneficiary"})),
    "last_updated": (f"greatest(h.recorded_at, ({_CHANGED}))", frozenset({"Group", "Member"})),
    "group_size": (f"({_LIVING})", frozenset({"Group"})),
    "birth_date": ("p.born_on", frozenset({"Member"})),
    "enrollment_date": ("e.enrolled_at", frozenset({"Beneficiary"})),
}
SORT_NEEDS = {"birth_date": "birth", "group_size": "members"}


def order_of(sorts: object, entity: Entity, fields: Collection[str]) -> str:
    """Return the order that is asked for, as SQL that ends in a comma; raises ItemRejected."""
    parts = []
    for one in sorts[:SORTS_MAX] if isinstance(sorts, Sequence) else ():
        name = str(one.get("attribute_name")) if isinstance(one, Mapping) else ""
        sql, entities = SORTS.get(name, ("", frozenset()))
        needs = SORT_NEEDS.get(name)
        if entity not in entities or (needs and needs not in fields):
            known = ", ".join(key for key, (_, of) in SORTS.items() if entity in of)
            raise ItemRejected("rjct.sort.invalid", f"{entity} can be sorted by {known}")
        parts.append(f"{sql} {'DESC' if one.get('sort_order') == 'desc' else 'ASC'}, ")
    return "".join(parts)
