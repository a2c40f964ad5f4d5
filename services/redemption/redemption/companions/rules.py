"""Who may collect for how many families, and how a companion is known again."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

NAME_MIN, NAME_MAX = 2, 100
REASON_MIN, REASON_MAX = 3, 300
PHONE_MAX = 20
PHONE_DIGITS_MIN = 8
# A note that no redemption followed within this time keeps no place.
NOTE_HOLDS = timedelta(minutes=30)
AUTHORISED_DAYS_MAX = 400
ACTS_MAX = 100


@dataclass(frozen=True, slots=True)
class Limit:
    """How many families one companion collects for in a cycle, and what happens beyond."""

    families_max: int
    authorised_max: int
    is_refused_beyond: bool


@dataclass(frozen=True, slots=True)
class Permitted:
    """Whether somebody may collect: `word` is authorised, within, held or refused."""

    word: str
    authorisation_id: UUID | None = None


def permit(
    authorisation_id: UUID | None, limit: Limit | None, families: int, *, is_late: bool
) -> Permitted:
    """Judge one more family for a companion.

    `families` are those without a standing authorisation in the cycle, this one among them.
    Beyond the limit a counter refuses where the measure says so; what was given without network
    (`is_late`) was given, and is held for oversight, as is an unknown relation.
    """
    if authorisation_id is not None:
        return Permitted("authorised", authorisation_id)
    if limit is not None and families <= limit.families_max:
        return Permitted("within")
    if limit is not None and limit.is_refused_beyond and not is_late:
        return Permitted("refused")
    return Permitted("held")


def plain_name(name: str) -> str:
    """Return a name as it is compared: no case, no accents, no marks, single spaces."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    return " ".join(re.sub(r"[^a-z0-9 ]", "", re.sub(r"[\s.,'-]+", " ", letters)).split())


def plain_phone(phone: str) -> str:
    """Return a phone number as it is compared, 08…; empty when it is none."""
    digits = re.sub(r"\D", "", phone)
    if digits.startswith("62"):
        digits = "0" + digits[2:]
    return digits if len(digits) >= PHONE_DIGITS_MIN else ""


def holds_since(now: datetime) -> datetime:
    """Return the moment after which a note without a redemption still keeps its place."""
    return now - NOTE_HOLDS
