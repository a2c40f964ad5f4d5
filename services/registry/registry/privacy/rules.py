"""What part of the audit log a reader may see, and how a search is understood."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from uuid import UUID

from common.regions import CODE, PROVINCE

# A day on the clocks of Kalimantan Tengah (WIB).
WIB = timezone(timedelta(hours=7))
WORD = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40})?")
IDENTIFIER_CHARACTERS_MAX = 80


@dataclass(frozen=True, slots=True)
class Search:
    """What an auditor looks for; empty means anything."""

    actor: str = ""
    action: str = ""
    subject_id: str = ""
    until: datetime | None = None
    before: UUID | None = None


def search_of(*, actor: str, action: str, subject: str, day: str, before: str) -> Search:
    """Read a search; what cannot be meant is left out."""
    return Search(
        actor=_identifier(actor),
        action=action if WORD.fullmatch(action) else "",
        subject_id=_identifier(subject),
        until=_end_of_day(day),
        before=_uuid(before),
    )


def scope_of(regions: Sequence[str]) -> str:
    """Return the pattern of region codes that a reader may see; empty for all, with none."""
    if PROVINCE in regions:
        return ""
    codes = [re.escape(code) for code in regions if CODE.fullmatch(code)]
    # A reader without a region sees nothing: no code is a lone hyphen.
    return f"^({'|'.join(codes)})(\\.|$)" if codes else "^-$"


def _identifier(text: str) -> str:
    plain = text.strip()[:IDENTIFIER_CHARACTERS_MAX]
    return plain if plain.isprintable() else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _end_of_day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return datetime.combine(day, time.max, WIB)
