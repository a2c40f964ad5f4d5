"""The server of the simulation: rights, leases and journals in memory, judged by the real rules.

Everything that decides is redemption's own: `take_segment`, `judge`, `may_redeem`. What is here is
only what the database holds and does in one transaction.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from redemption.journal.rules import (
    Act,
    Checked,
    Cover,
    Head,
    Judgement,
    Link,
    Policy,
    Remaining,
    SetAside,
    after,
    cover_after,
    judge,
    take_segment,
)
from redemption.leases.rules import may_redeem

FREE = SetAside()


class Broken(AssertionError):
    """Something that must hold does not."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as a phone wrote it: its place in the chain, and what it says was given."""

    link: Link
    right: int
    lease_id: UUID | None
    amount_rupiah: int | None
    # The act, where it was done on line once and the server has forgotten it.
    act: int | None = None


@dataclass
class Journal:
    """What the server keeps of a terminal's journal."""

    head: Head = field(default_factory=Head)
    known: dict[int, str] = field(default_factory=dict)
    outcomes: dict[int, Judgement] = field(default_factory=dict)
    quarantined: dict[str, Line] = field(default_factory=dict)
    unleased: int = 0


@dataclass
class Lease:
    id: UUID
    terminal: UUID
    covers: dict[int, Cover]


@dataclass
class Server:
    """`rights` says what is left of each right, `granted` what there was of it, in rupiah."""

    rights: list[Remaining]
    granted: list[int]
    policy: Policy
    given: list[int] = field(default_factory=list)
    journals: dict[UUID, Journal] = field(default_factory=dict)
    leases: dict[UUID, Lease] = field(default_factory=dict)
    revoked: set[UUID] = field(default_factory=set)
    gave: set[tuple[UUID, int]] = field(default_factory=set)
    # Acts that have a line in the ledger, or ended as a conflict.
    acts: set[int] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.given = [0] * len(self.rights)

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def lease(
        self, lease_id: UUID, terminal: UUID, rights: range, now: datetime, until: datetime
    ) -> list[int]:
        """Set aside what is left and free; return the rights that are."""
        taken = []
        for number in rights:
            right = self.rights[number]
            if right.rupiah > 0 and may_redeem(right.set_aside, terminal, now):
                self.rights[number] = replace(right, set_aside=SetAside(lease_id, terminal, until))
                taken.append(number)
        covers = {n: Cover(self.rights[n].quantity, self.rights[n].rupiah) for n in taken}
        self.leases[lease_id] = Lease(lease_id, terminal, covers)
        return taken

    def give_back(self, lease_id: UUID, rights: list[int]) -> None:
        """Let what a lease set aside be free again."""
        for number in rights:
            if self.rights[number].set_aside.lease_id == lease_id:
                self.rights[number] = replace(self.rights[number], set_aside=FREE)

    def redeem(
        self, terminal: UUID, number: int, amount: int | None, now: datetime, act: int
    ) -> bool:
        """Redeem on line: taken or refused, with nothing in between."""
        right = self.rights[number]
        rupiah = amount if right.is_balance else right.unit_rupiah
        is_free = may_redeem(right.set_aside, terminal, now)
        if rupiah is None or right.rupiah < rupiah or not is_free:
            return False
        taken = 0 if right.is_balance else 1
        self.rights[number] = replace(
            right, quantity=right.quantity - taken, rupiah=right.rupiah - rupiah
        )
        self._gave(terminal, number, rupiah)
        self.acts.add(act)
        return True

    def take(self, terminal: UUID, lines: list[Line], *, is_signed: bool, now: datetime) -> Head:
        """Take a segment as one transaction does; return where the journal stands."""
        journal = self.journals.setdefault(terminal, Journal())
        links = [line.link for line in lines]
        taken = take_segment(
            journal.head,
            journal.known,
            links,
            is_signed=is_signed,
            is_revoked=terminal in self.revoked,
        )
        if taken.word == "quarantine":
            for line in lines[taken.new_from :]:
                journal.quarantined[line.link.hash] = line
            journal.head = replace(journal.head, is_quarantined=True)
            self.count(f"quarantined: {taken.reason}", len(lines) - taken.new_from)
            return journal.head
        for line in lines[taken.new_from :]:
            self._judge(terminal, journal, line, now)
        return journal.head

    def _judge(self, terminal: UUID, journal: Journal, line: Line, now: datetime) -> None:
        if line.act is not None and line.act in self.acts:
            self._note(journal, line, Judgement("accepted", 0, 0))
            self.count("the same act again")
            return
        number, right = line.right, self.rights[line.right]
        act = Act(terminal, line.lease_id, None if right.is_balance else 1, line.amount_rupiah)
        lease = self.leases.get(line.lease_id) if line.lease_id else None
        is_own = lease is not None and lease.terminal == terminal
        cover = lease.covers.get(number) if lease is not None and is_own else None
        checked = Checked(acts_before=journal.unleased, gave_before=(terminal, number) in self.gave)
        found = judge(act, right, cover, self.policy, checked, at=now)
        stands = right.set_aside.holder(now) == terminal
        is_enough = right.rupiah >= found.amount_rupiah
        if stands and is_enough and found.outcome != "accepted":
            raise Broken("a line on a lease that stands was not accepted")
        self.rights[number] = after(right, found)
        if lease is not None and cover is not None:
            lease.covers[number] = cover_after(cover, found)
        if found.outcome == "accepted":
            self._gave(terminal, number, found.amount_rupiah)
            self.count("accepted on a lease" if found.is_leased else "accepted without a lease")
        else:
            self.count(f"conflict, {'owed' if found.is_owed else 'not owed'}: {found.code}")
        if not found.is_leased:
            journal.unleased += 1
        if line.act is not None:
            self.acts.add(line.act)
        self._note(journal, line, found)

    def _note(self, journal: Journal, line: Line, found: Judgement) -> None:
        journal.known[line.link.sequence] = line.link.hash
        journal.outcomes[line.link.sequence] = found
        journal.head = Head(line.link.sequence, line.link.hash)

    def _gave(self, terminal: UUID, number: int, rupiah: int) -> None:
        self.given[number] += rupiah
        self.gave.add((terminal, number))
        left = self.rights[number].rupiah
        if self.given[number] > self.granted[number]:
            raise Broken("more was given than was granted")
        if left < 0 or left + self.given[number] != self.granted[number]:
            raise Broken("a balance is not what its lines say")

    def snapshot(self) -> dict[str, Any]:
        """Return a copy of all that a backup of the database holds."""
        journals = {
            key: Journal(one.head, dict(one.known), dict(one.outcomes), dict(one.quarantined),
                         one.unleased)
            for key, one in self.journals.items()
        }  # fmt: skip
        leases = {
            key: Lease(one.id, one.terminal, dict(one.covers)) for key, one in self.leases.items()
        }
        return {
            "rights": list(self.rights), "given": list(self.given), "journals": journals,
            "leases": leases, "revoked": set(self.revoked), "gave": set(self.gave),
            "acts": set(self.acts),
        }  # fmt: skip

    def restore(self, kept: dict[str, Any]) -> None:
        """Go back to a backup."""
        for name, value in kept.items():
            setattr(self, name, value)
