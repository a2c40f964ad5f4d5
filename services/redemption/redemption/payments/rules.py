"""What a payment order is, and what a line of the bank's answer means for it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

PURPOSES = ("family_cash", "settlement")
BATCH_STATES = ("drawn_up", "approved", "withdrawn")
INSTRUCTION_STATES = ("waiting", "paid", "failed", "withdrawn")
APPLIED = ("paid", "failed")
DIFFERENCES = ("unknown_line", "other_batch", "duplicate", "amount_differs", "contradicts")
# A line of a later file that says again what is known changes nothing and needs no words.
OUTCOMES = (*APPLIED, "repeated", *DIFFERENCES)
# What a person makes of a difference: only words, or what the order became after all.
DECISIONS = ("noted", "paid", "failed")
DECIDABLE = ("amount_differs", "contradicts")
BATCH_LINES_MAX = 10_000
RETURNED = "returned"
REFERENCE = re.compile(r"[Pp][0-9A-Fa-f]{32}")
# A cell that begins with one of these is run by spreadsheets as a formula (OWASP CSV injection).
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def one_of(column: str, words: tuple[str, ...]) -> str:
    """Return the SQL condition that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid how much for what. Name and account go into the file and nowhere else."""

    # The order's id, made once; the bank answers with it.
    id: UUID
    matter_id: UUID
    amount_rupiah: int
    name: str = field(repr=False)
    # A card's number, by which the bank knows the family's account, or an account's.
    account: str = field(repr=False)
    account_kind: str
    bank_code: str
    words: str
    household_id: UUID | None = None
    cycle_id: UUID | None = None
    benefit_id: UUID | None = None
    subject_id: UUID | None = None
    card_id: str | None = None
    partner_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """What the file says above its lines."""

    id: UUID
    pay_on: date
    drawn_up_at: datetime
    purpose: str
    debtor_name: str
    debtor_account: str
    debtor_bank_code: str

    @property
    def number(self) -> str:
        """The number that people read out."""
        return number_of(self.id)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of orders, without them."""

    id: UUID
    purpose: str
    cycle_id: UUID | None
    bank_id: UUID | None
    pay_on: date
    lines: int
    total_rupiah: int
    state: str
    drawn_up_by: str
    drawn_up_by_name: str
    drawn_up_at: datetime
    approved_by: str | None
    approved_by_name: str | None
    approved_at: datetime | None
    sent_by: str | None
    sent_by_name: str | None
    sent_at: datetime | None
    withdrawn_by_name: str | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    csv_sha256: str
    xml_sha256: str
    run_id: UUID | None
    run_position: int | None

    @property
    def number(self) -> str:
        """The number that people read out."""
        return number_of(self.id)


@dataclass(frozen=True, slots=True)
class Change:
    """What an order becomes."""

    id: UUID
    state: str
    reason_code: str = ""
    bank_reference: str = ""
    # The ledger's line that holds the right from now on, where it is another one.
    payout_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the bank's answer, as it stands there."""

    position: int
    said_id: str
    said: str
    # None where the bank names no amount: it speaks of the whole of what was ordered.
    amount_rupiah: int | None
    reason_code: str = ""
    bank_reference: str = ""

    @property
    def instruction_id(self) -> UUID | None:
        """The order's id, where the text is one."""
        if REFERENCE.fullmatch(self.said_id) is None:
            return None
        return UUID(hex=self.said_id[1:])


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as it stands when the answer comes."""

    id: UUID
    batch_id: UUID
    amount_rupiah: int
    state: str
    reason_code: str = ""
    bank_reference: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A line, the order that it is about (None where we gave none), and what it means."""

    line: Said
    instruction_id: UUID | None
    outcome: str


def number_of(batch_id: UUID) -> str:
    """Return the number of a batch that people read out: the end of its id."""
    return f"B-{batch_id.hex[-8:-4]}-{batch_id.hex[-4:]}".upper()


def safe_cell(value: str) -> str:
    """Return a text that no spreadsheet runs as a formula."""
    return f"'{value}" if value.startswith(FORMULA_STARTS) else value


def reference_of(instruction: UUID) -> str:
    """Return an order's id as the bank gets it: no spreadsheet takes it for a number."""
    return f"P{instruction.hex}"


def instruction_id(batch_id: UUID, matter_id: UUID) -> UUID:
    """Return the id of an order: it follows from its batch and what is paid, so a repeat has it."""
    digest = sha256(batch_id.bytes + matter_id.bytes).digest()[:16]
    return UUID(int=(int.from_bytes(digest) & ~(0xF << 76) & ~(3 << 62)) | 8 << 76 | 2 << 62)


def completed(lines: Iterable[Said], known: Mapping[UUID, Ordered]) -> list[Said]:
    """Return the lines with the amount of their order where the bank named none."""
    found = []
    for line in lines:
        if line.amount_rupiah is None:
            wanted = line.instruction_id
            order = known.get(wanted) if wanted is not None else None
            found.append(replace(line, amount_rupiah=order.amount_rupiah if order else 0))
        else:
            found.append(line)
    return found


def judge(lines: Iterable[Said], known: Mapping[UUID, Ordered], batch_id: UUID) -> list[Judged]:
    """Say of every line what it is; each order is settled by at most one of them.

    Whatever the order of the lines, the same orders are settled in the same way: where a file says
    different things of one order, none of them is believed before a person has looked.
    """
    found = list(lines)
    said_of: dict[UUID, set[Said]] = defaultdict(set)
    for line in found:
        if line.instruction_id is not None:
            said_of[line.instruction_id].add(replace(line, position=0))
    settled: set[UUID] = set()
    return [_judge(line, known, batch_id, said_of, settled) for line in found]


def _judge(
    line: Said,
    known: Mapping[UUID, Ordered],
    batch_id: UUID,
    said_of: Mapping[UUID, set[Said]],
    settled: set[UUID],
) -> Judged:
    wanted = line.instruction_id
    order = known.get(wanted) if wanted is not None else None
    if order is None or order.state == "withdrawn":
        return Judged(line, order.id if order else None, "unknown_line")
    if order.batch_id != batch_id:
        return Judged(line, order.id, "other_batch")
    if order.state in APPLIED:
        return Judged(line, order.id, _again(line, order))
    said = said_of[order.id]
    if len({one.said for one in said}) > 1:
        return Judged(line, order.id, "contradicts")
    if any(one.amount_rupiah != order.amount_rupiah for one in said):
        return Judged(line, order.id, "amount_differs")
    # The same said twice: one of them settles, the other may be money that was sent twice.
    is_first = replace(line, position=0) == min(said, key=_rank) and order.id not in settled
    if not is_first:
        return Judged(line, order.id, "duplicate")
    settled.add(order.id)
    return Judged(line, order.id, line.said)


def _rank(line: Said) -> tuple[str, str]:
    return line.bank_reference, line.reason_code


def _again(line: Said, order: Ordered) -> str:
    """Say what a line is about an order that is settled already."""
    if line.said != order.state:
        return "contradicts"
    if line.amount_rupiah != order.amount_rupiah:
        return "amount_differs"
    # Another reference of the bank for money that was sent: it may have been sent twice.
    is_same = line.bank_reference == order.bank_reference or line.said == "failed"
    return "repeated" if is_same else "duplicate"
