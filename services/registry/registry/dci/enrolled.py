"""Is this person or family enrolled in that programme: the question that finds an overlap."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from registry.dci import find, search_queries
from registry.dci.answer import Answer, refused_item
from registry.dci.attributes import KK_NAMES, NIK_NAMES
from registry.dci.envelope import Incoming
from registry.dci.find import Tools
from registry.dci.profiles import Profile
from registry.dci.rules import DIGITS_16, ItemRejected, stamp

PERSON_WORDS = ("person_identifier", "member_identifier", "UIN", "NIK")
FAMILY_WORDS = ("group_identifier", "household_identifier", "KK")
OPERATORS = frozenset({"eq", "$eq"})


async def enrolled_response(
    tx: AsyncConnection, profile: Profile, tools: Tools, incoming: Incoming
) -> Answer:
    """Return `enrolled_status` yes or no. Nobody known and nobody enrolled are one answer."""
    criteria = incoming.message["enrolled_criteria"]
    said: Answer = {"reference_id": incoming.message_id, "timestamp": stamp(clock.utc_now())}
    try:
        purpose, number, programme = read_query(criteria.get("query"))
        is_enrolled = await is_active(tx, profile, tools, purpose, number, programme=programme)
        said |= {"status": "succ", "enrolled_status": "yes" if is_enrolled else "no"}
    except ItemRejected as rejected:
        refused = refused_item(rejected)
        # The definition gives this answer no reason code, and wants a status all the same.
        refused["status_reason_message"] = f"{rejected.code}: {rejected.message}"
        del refused["status_reason_code"]
        said |= refused | {"enrolled_status": "no"}
    return {
        "transaction_id": incoming.transaction_id,
        "correlation_id": str(incoming.correlation_id),
        "enrolled_response": [said],
    }


def read_query(query: Any) -> tuple[str, str, str]:
    """Return whether a NIK or a KK is asked for, the number, and the programme (or nothing).

    Takes the form of the definition's example, `{"person_identifier": {"eq": …},
    "programme_identifier…": {"eq": …}}`, and of `idtype-value`; raises ItemRejected.
    """
    given = query if isinstance(query, Mapping) else {}
    if "type" in given and isinstance(given.get("value"), str):
        kind = str(given["type"]).rsplit(":", 1)[-1].upper()
        if kind in NIK_NAMES | KK_NAMES:
            return ("nik" if kind in NIK_NAMES else "kk"), given["value"], ""
    found: dict[str, str] = {}
    for name, value in given.items():
        words = name.split(".")
        if words[0] in PERSON_WORDS or words[-1] in PERSON_WORDS:
            found["nik"] = _text(value)
        elif words[0] in FAMILY_WORDS or words[-1] in FAMILY_WORDS:
            found["kk"] = _text(value)
        elif words[-1] == "programme_identifier":
            found["programme"] = _text(value)
        else:
            raise ItemRejected("rjct.filter.invalid", "query: person, family and programme only")
    if ("nik" in found) == ("kk" in found):
        raise ItemRejected("rjct.filter.invalid", "query: one person or one family is needed")
    purpose = "nik" if "nik" in found else "kk"
    return purpose, found[purpose], found.get("programme", "")


def _text(value: Any) -> str:
    one = value
    if isinstance(value, Mapping) and len(value) == 1:
        word, one = next(iter(value.items()))
        if word not in OPERATORS:
            raise ItemRejected("rjct.filter.invalid", "query: only eq")
    if not isinstance(one, str):
        raise ItemRejected("rjct.filter.invalid", "query: a text is compared")
    return one


async def is_active(
    tx: AsyncConnection,
    profile: Profile,
    tools: Tools,
    purpose: str,
    number: str,
    *,
    programme: str,
) -> bool:
    """Tell whether the family of this number is enrolled now; raises ItemRejected."""
    if "enrolments" not in profile.fields:
        raise ItemRejected("rjct.filter.invalid", "enrolments: not in your agreement")
    if programme and not await tx.scalar(search_queries.PROGRAMME_EXISTS, {"code": programme}):
        raise ItemRejected("rjct.filter.invalid", "no such programme")
    rows = await enrolments_of(tx, profile, tools, purpose, number, by="dci.enrolled")
    return any(
        row["state"] == "active" and programme in {"", row["programme_code"]} for row in rows
    )


async def enrolments_of(
    tx: AsyncConnection, profile: Profile, tools: Tools, purpose: str, number: str, *, by: str
) -> list[dict[str, Any]]:
    """Return the enrolments of the family of a number, when it lies in the system's regions."""
    if not DIGITS_16.fullmatch(number):
        return []
    statement = (
        search_queries.HOUSEHOLD_OF_NIK if purpose == "nik" else search_queries.HOUSEHOLD_OF_KK
    )
    asked = {"number_index": tools.index.of(purpose, number), "scopes": list(profile.scopes)}
    family = (await tx.execute(statement, asked)).mappings().one_or_none()
    if family is None:
        return []
    families = await find.read(tx, profile, tools, [family["id"]])
    await find.note(tx, profile, families, by=by)
    return list(families.enrolments.get(family["id"], ()))
