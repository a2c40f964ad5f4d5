"""A line of a terminal's journal: the text that was hashed and signed, and what it says. Pure."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from redemption.journal.chain_rules import Link

VERSION = 1
LINE_CHARACTERS_MAX = 4_000
SIGNATURE_CHARACTERS_MAX = 120
CARD_MIN, CARD_MAX = 8, 400
QUANTITY_MAX = 1_000
AMOUNT_MAX_RUPIAH = 100_000_000
REASON_MAX = 500
# What the database holds as a number of a line, and moments that every time zone can tell: a phone
# whose clock began anew in 1970 is believed to have said so.
SEQUENCE_MAX = 2**31 - 1
YEARS = range(2, 9999)
KINDS = ("redemption", "reversal")
HOLDER_CHECKS = ("name_compared", "photo_compared")
# A PIN is compared with network only: an act that was answered then may say so.
ANSWERED_CHECKS = (*HOLDER_CHECKS, "pin_right")
_HASH = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[\w:. -]{1,60}")
_RECEIPT = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}")


class Sent(NamedTuple):
    """A line as it came: the very text that was hashed, and its signature in base64."""

    line: str
    signature: str


class Line(NamedTuple):
    """A line as it is understood."""

    sequence: int
    previous: str
    hash: str
    id: UUID
    kind: str
    card: str
    entitlement_id: UUID | None
    cycle_id: UUID
    benefit_id: UUID
    subject_id: UUID | None
    lease_id: UUID | None
    quantity: int | None
    amount_rupiah: int | None
    goods_category: str | None
    companion: Mapping[str, str] | None
    holder_check: str
    operator: UUID
    said_at: datetime
    verdict: str
    redemption_id: UUID | None
    reason: str
    # The receipt's number where the act was done with network, and the server that answered it has
    # forgotten it since. Lines of before have no such word.
    answered: str | None = None

    @property
    def link(self) -> Link:
        """What the chain needs of it."""
        return Link(self.sequence, self.previous, self.hash)


def hash_of(text: str) -> str:
    """Return the hash by which the next line names this one."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_all(sent: Sequence[Sent], journal_id: UUID) -> list[Line | None]:
    """Return every line as it is understood; None where it is no line of this journal."""
    return [read_line(one.line, journal_id) for one in sent]


def read_line(text: str, journal_id: UUID) -> Line | None:
    """Return what a line's text says, or None when it is no line of this journal."""
    try:
        said = json.loads(text)
        if said["v"] != VERSION or UUID(said["journal"]) != journal_id:
            return None
        line = _line(said, hash_of(text))
        return line if _is_whole(line) else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        # Among them words that are numbers or lists, and half a letter.
        return None


def _line(said: Mapping[str, Any], digest: str) -> Line:
    return Line(
        sequence=said["sequence"],
        previous=said["previous"],
        hash=digest,
        id=UUID(said["id"]),
        kind=said["kind"],
        card=said["card"],
        entitlement_id=_maybe_id(said["entitlement_id"]),
        cycle_id=UUID(said["cycle_id"]),
        benefit_id=UUID(said["benefit_id"]),
        subject_id=_maybe_id(said["subject_id"]),
        lease_id=_maybe_id(said["lease_id"]),
        quantity=said["quantity"],
        amount_rupiah=said["amount_rupiah"],
        goods_category=said["goods_category"],
        companion=_companion(said["companion"]),
        holder_check=said["holder_check"],
        operator=UUID(said["operator"]),
        said_at=datetime.fromisoformat(said["said_at"]),
        verdict=said["verdict"],
        redemption_id=_maybe_id(said.get("redemption_id")),
        reason=(said.get("reason") or "").replace("\x00", ""),
        answered=said.get("answered"),
    )


def _maybe_id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _companion(said: Any) -> Mapping[str, str] | None:
    if said is None:
        return None
    texts = {name: said[name].replace("\x00", "") for name in ("name", "relation", "reason")}
    # Half a letter passes as JSON, and could not be kept.
    json.dumps(texts, ensure_ascii=False).encode()
    return texts


def _is_whole(line: Line) -> bool:
    line.reason.encode()
    line.card.encode()
    return (
        _is_number(line.sequence, SEQUENCE_MAX)
        and _HASH.fullmatch(line.previous) is not None
        and line.kind in KINDS
        and CARD_MIN <= len(line.card) <= CARD_MAX
        and (line.quantity is None or _is_number(line.quantity, QUANTITY_MAX))
        and (line.amount_rupiah is None or _is_number(line.amount_rupiah, AMOUNT_MAX_RUPIAH))
        and (line.goods_category is None or _WORD.fullmatch(line.goods_category) is not None)
        and (line.answered is None or _RECEIPT.fullmatch(line.answered) is not None)
        and line.holder_check in (ANSWERED_CHECKS if line.answered else HOLDER_CHECKS)
        and line.said_at.tzinfo is not None
        and line.said_at.year in YEARS
        and _WORD.fullmatch(line.verdict) is not None
        and len(line.reason) <= REASON_MAX
        and (line.kind != "reversal" or (line.redemption_id is not None and bool(line.reason)))
    )


def _is_number(value: Any, most: int) -> bool:
    # JSON's true is a number to Python.
    return type(value) is int and 1 <= value <= most
