"""The terminals of the simulation: phones with a journal, a lease, a clock that may be wrong."""

import hashlib
import itertools
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tests.models.server_side import Broken, Journal, Line, Server

from redemption.journal.rules import START, Head, Link

SEGMENT = 500
# Acts that one question names.
PAGE = 20


@dataclass
class Phone:
    """One terminal and the app on it, with the faults that befall it."""

    id: UUID
    rights: range
    # The share of the hours in which it has a signal.
    signal: float
    # What its clock shows beyond the true time.
    clock_off: timedelta = timedelta(0)
    is_stolen: bool = False
    lines: list[Line] = field(default_factory=list)
    acknowledged: dict[str, str] = field(default_factory=dict)
    sent: int = 0
    lease_id: UUID | None = None
    leased: set[int] = field(default_factory=set)
    used: dict[int, int] = field(default_factory=dict)
    lease_until: datetime | None = None
    backup: int | None = None
    # Acts on line that were answered, in their order: the right and the rupiah.
    answered: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    kept_away: dict[int, tuple[int, int | None]] = field(default_factory=dict)
    is_aside: bool = False
    unleased_since_sync: int = 0
    generation: int = 0
    # Acknowledged lines that the server forgot when it was restored from a backup.
    forgotten: set[str] = field(default_factory=set)

    def write(
        self, right: int, lease_id: UUID | None, amount: int | None, act: int | None = None
    ) -> None:
        """Add a line to the journal, before anything is said to be done."""
        before = self.lines[-1].link if self.lines else None
        sequence = before.sequence + 1 if before else 1
        previous = before.hash if before else START
        said = (
            f"{self.id}:{self.generation}:{sequence}:{previous}:{right}:{lease_id}:{amount}:{act}"
        )
        digest = hashlib.sha256(said.encode()).hexdigest()
        self.lines.append(Line(Link(sequence, previous, digest), right, lease_id, amount, act))

    def has_lease(self, now: datetime) -> bool:
        """Tell whether the app thinks that its lease stands, by its own clock."""
        return self.lease_until is not None and now + self.clock_off < self.lease_until

    def ask(self, server: Server) -> int:
        """Write what the server has forgotten of acts on line into the journal; return how many.

        The newest are asked about first, until a page lacks none: a backup lacks the last ones.
        """
        acts = reversed(self.answered)
        lost: list[int] = []
        while page := list(itertools.islice(acts, PAGE)):
            missing = [act for act in page if act not in server.acts]
            lost += missing
            if not missing:
                break
        for act in reversed(lost):
            right, amount = self.answered.pop(act)
            self.write(right, None, amount, act)
        return len(lost)

    def send(self, server: Server, now: datetime, chance: random.Random) -> None:
        """Send what the server has not got, in segments; answers get lost on the way."""
        head = server.journals.get(self.id, Journal()).head
        # The server says where it stands: after a restored backup that is further back, and a
        # journal that it had put aside may come to it once more.
        self.is_aside = head.is_quarantined
        start = min(self.sent, sum(1 for line in self.lines if line.link.sequence <= head.sequence))
        while start < len(self.lines) and not self.is_aside:
            part = self.lines[start : start + SEGMENT]
            if chance.random() < 0.03:
                return  # the message never arrived
            head = server.take(self.id, part, is_signed=True, now=now)
            if chance.random() < 0.03:
                return  # the answer never arrived; the same will be sent again
            self._note(server, head, part)
            start += len(part)
            self.sent = max(self.sent, start)
        self.unleased_since_sync = 0

    def _note(self, server: Server, head: Head, part: list[Line]) -> None:
        """Keep what the server said, and hold it to what it said before."""
        journal = server.journals[self.id]
        self.is_aside = head.is_quarantined
        for line in part:
            found = journal.outcomes.get(line.link.sequence)
            word = "quarantined"
            if found is not None and journal.known[line.link.sequence] == line.link.hash:
                word = str(found.outcome)
            elif line.link.hash not in journal.quarantined:
                raise Broken("a line that was taken has no outcome")
            before = self.acknowledged.get(line.link.hash, word)
            if before != word and line.link.hash not in self.forgotten:
                raise Broken("an outcome that was acknowledged has changed")
            server.count("told otherwise after a restored backup", before != word)
            self.acknowledged[line.link.hash] = word

    def copy_away(self) -> None:
        """Somebody makes a backup of the phone."""
        self.backup, self.kept_away = len(self.lines), dict(self.answered)

    def set_back(self) -> None:
        """The phone is restored from that backup: what was written since is gone from it."""
        if self.backup is not None and self.backup < len(self.lines):
            self.lines = self.lines[: self.backup]
            self.sent = min(self.sent, self.backup)
            self.answered = self.kept_away
            self.used.clear()
            self.generation += 1
        self.backup = None
