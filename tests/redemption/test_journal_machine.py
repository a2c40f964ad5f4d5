"""Leases and journals in any order that Hypothesis finds, over the real database.

What must hold after every step, whatever happened: no right is given beyond what was granted, and
none beyond what a lease set aside by leased lines; the ledger adds up; every line that was
acknowledged ended as accepted, conflict or quarantined and is still there; a repeat gets its first
answer; the head of a journal only moves forward. And each line's outcome is the rule's, told by a
few lines of oracle that know nothing of the code.
"""

import asyncio
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from tests.redemption.a_journal import Phone
from tests.redemption.machine_world import Field, a_field, more_families, run

from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from common.regions import all_regions
from redemption.cards.identify import identify
from redemption.redeeming.lines import Redemption
from redemption.redeeming.redeem import Act, redeem_all
from redemption.redeeming.reverse import reverse
from redemption.redeeming.rules import Wanted
from redemption.settlement.check_ledger import check_ledger

# Two of them for each run, so that a lease finds no families of another.
VILLAGES = iter([code for code in all_regions() if len(code) == 13])
FAMILIES_EACH = 2
PHONES = 3
QUANTITY = 2
EXAMPLES, STEPS = 12, 30
WORDS = {"accepted", "conflict", "quarantined"}


@dataclass
class Known:
    """What the oracle knows of one right."""

    left: int = QUANTITY
    holder: UUID | None = None
    until: datetime | None = None

    def free_for(self, terminal_id: UUID | None, at: datetime) -> bool:
        holder = self.holder if self.until is not None and at < self.until else None
        return holder in (None, terminal_id)


@dataclass
class Journal:
    """What the oracle knows of one phone's journal: what the server has said of each line."""

    phone: Phone
    answers: list[tuple[str, str]] = field(default_factory=list)
    is_aside: bool = False
    is_revoked: bool = False
    head: int = 0


class Machine(RuleBasedStateMachine):
    """Three terminals, four families, and everything that can happen to them."""

    def __init__(self, loop: asyncio.AbstractEventLoop, shared: Field) -> None:
        super().__init__()
        self.loop, self.shared = loop, shared
        self.acked: dict[str, set[UUID]] = {word: set() for word in WORDS}

    @initialize()
    def begin(self) -> None:
        self.villages = [next(VILLAGES), next(VILLAGES)]
        self.field = run(
            self.loop, more_families(self.shared.world, self.villages, FAMILIES_EACH, QUANTITY)
        )
        self.rights = {one.household_id: Known() for one in self.field.families}
        self.journals = [Journal(run(self.loop, self.field.a_phone())) for _ in range(PHONES)]
        self.leases: list[tuple[int, UUID]] = []
        self.given: list[UUID] = []

    # --------------------------------------------------------------------------- what happens

    @rule(nth=st.integers(0, PHONES - 1), which=st.integers(0, 1), hours=st.integers(1, 24))
    def take_lease(self, nth: int, which: int, hours: int) -> None:
        phone, at, village = self.journals[nth].phone, self.field.now, self.villages[which]
        wanted = {
            one.household_id
            for one in self.field.families
            if one.region_code == village and self.rights[one.household_id].left
            if self.rights[one.household_id].free_for(phone.terminal.id, at)
        }
        if not wanted:
            with pytest.raises(Refused, match="nothing_to_lease"):
                run(self.loop, self.field.take(phone, village, hours))
            return
        taken = run(self.loop, self.field.take(phone, village, hours))
        own = {one.household_id for one in taken.families} & set(self.rights)
        assert own == wanted
        for household_id in own:
            known = self.rights[household_id]
            known.holder, known.until = phone.terminal.id, taken.head["expires_at"]
        self.leases.append((nth, taken.head["id"]))

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def return_lease(self, data: st.DataObject) -> None:
        nth, lease_id = data.draw(st.sampled_from(self.leases))
        before = run(
            self.loop,
            self.field.rows(
                "SELECT household_id FROM entitlements WHERE lease_id = :l", l=lease_id
            ),
        )
        run(self.loop, self.field.give_back(self.journals[nth].phone, lease_id))
        for row in before:
            if row["household_id"] in self.rights:
                self.rights[row["household_id"]].holder = None

    @rule(nth=st.integers(0, PHONES - 1), family=st.integers(0, 3), data=st.data())
    def give_without_network(self, nth: int, family: int, data: st.DataObject) -> None:
        phone = self.journals[nth].phone
        own = [lease_id for holder, lease_id in self.leases if holder == nth]
        for _ in range(data.draw(st.integers(1, 3))):
            lease = data.draw(st.sampled_from([None, *own]))
            days = data.draw(st.integers(-9, 9))
            phone.give(
                self.field.families[family],
                self.field.approved,
                lease_id=str(lease) if lease else None,
                quantity=data.draw(st.integers(1, 2)),
                said_at=(self.field.now - timedelta(days=days)).isoformat(),
            )

    @rule(nth=st.integers(0, PHONES - 1), most=st.integers(1, 5))
    def send(self, nth: int, most: int) -> None:
        journal = self.journals[nth]
        first = len(journal.answers) + 1
        last = min(len(journal.phone.lines), first + most - 1)
        if first <= last:
            self._send(journal, first, last)

    @precondition(lambda self: any(one.answers for one in self.journals))
    @rule(nth=st.integers(0, PHONES - 1), data=st.data())
    def send_again(self, nth: int, data: st.DataObject) -> None:
        """Twice, with what follows, out of order: a lost answer, an impatient phone."""
        journal = self.journals[nth]
        if not journal.answers:
            return
        first = data.draw(st.integers(1, len(journal.answers)))
        last = data.draw(st.integers(first, len(journal.phone.lines)))
        self._send(journal, first, last)

    @precondition(lambda self: any(one.answers for one in self.journals))
    @rule(nth=st.integers(0, PHONES - 1), data=st.data())
    def restore_a_backup(self, nth: int, data: st.DataObject) -> None:
        """The phone forgets its last lines, and goes on as if they had never been."""
        journal = self.journals[nth]
        kept = data.draw(st.integers(0, len(journal.phone.lines)))
        lost = journal.phone.lines[kept:]
        journal.phone.lines[kept:] = []
        if not lost or kept >= len(journal.answers):
            return
        del journal.answers[kept:]
        journal.phone.give(self.field.families[0], self.field.approved, quantity=1)
        self._send(journal, kept + 1, kept + 1, forked=True)

    @precondition(lambda self: any(len(one.phone.lines) > 1 for one in self.journals))
    @rule(nth=st.integers(0, PHONES - 1))
    def lose_a_line(self, nth: int) -> None:
        """A line is gone from the phone's store before it was sent."""
        journal = self.journals[nth]
        at = len(journal.answers)
        if len(journal.phone.lines) < at + 2:
            return
        del journal.phone.lines[at]
        self._send(journal, at + 1, len(journal.phone.lines), forked=True)

    @rule(family=st.integers(0, 3), nth=st.integers(-1, PHONES - 1))
    def give_on_line(self, family: int, nth: int) -> None:
        phone = self.journals[nth].phone if nth >= 0 else None
        card = self.field.families[family]
        known = self.rights[card.household_id]
        may = known.left > 0 and known.free_for(
            phone.terminal.id if phone else None, self.field.now
        )
        may = may and not (nth >= 0 and self.journals[nth].is_revoked)
        outcome = run(self.loop, self._on_line(card.token, phone))
        assert isinstance(outcome, Redemption) == may
        if may:
            known.left -= 1
            self.given.append(outcome.id)

    @precondition(lambda self: self.given)
    @rule()
    def undo_on_line(self) -> None:
        redemption_id = self.given.pop()
        undone = run(self.loop, self._undo(redemption_id))
        self.rights[undone.household_id].left += undone.quantity

    @rule(hours=st.integers(1, 30))
    def let_time_pass(self, hours: int) -> None:
        self.field.now += timedelta(hours=hours)

    @precondition(lambda self: not any(one.is_revoked for one in self.journals))
    @rule(nth=st.integers(0, PHONES - 1))
    def revoke(self, nth: int) -> None:
        self.journals[nth].is_revoked = True
        run(self.loop, self._revoke(self.journals[nth].phone.terminal.id))

    @precondition(lambda self: any(one.is_aside and not one.is_revoked for one in self.journals))
    @rule()
    def begin_another_journal(self) -> None:
        (nth, journal), *_ = [
            one for one in enumerate(self.journals) if one[1].is_aside and not one[1].is_revoked
        ]
        phone = Phone(journal.phone.terminal, journal.phone.operator)
        run(self.loop, self.field.begin(phone))
        self.journals[nth] = Journal(phone)

    # ------------------------------------------------------------------- what must come of it

    def _send(self, journal: Journal, first: int, last: int, *, forked: bool = False) -> None:
        known = len(journal.answers)
        expected = [] if forked else self._expected(journal, first, last)
        answer = run(self.loop, self.field.send(journal.phone, first, last))
        said = [(one.word, one.judged.code if one.judged else "") for one in answer.outcomes]
        assert len(said) == last - first + 1
        assert {word for word, _ in said} <= WORDS
        if forked:
            assert {word for word, _ in said} == {"quarantined"}
            journal.is_aside = True
            self._acknowledge(journal, first, said)
            return
        assert [word for word, _ in said] == [word for word, _ in expected]
        assert said[: max(0, known - first + 1)] == journal.answers[first - 1 : last]
        self._acknowledge(journal, first, said)
        if any(word == "quarantined" for word, _ in said):
            journal.is_aside = True
            return
        journal.answers.extend(said[max(0, known - first + 1) :])
        assert answer.last_sequence >= journal.head
        journal.head = answer.last_sequence
        assert journal.head == len(journal.answers)

    def _expected(self, journal: Journal, first: int, last: int) -> list[tuple[str, str]]:
        """The rule, in a few lines: first come, first served, but for what is set aside."""
        expected = list(journal.answers[first - 1 : last])
        for place in range(first + len(expected), last + 1):
            if journal.is_revoked or journal.is_aside:
                expected.append(("quarantined", ""))
                continue
            body = self._body(journal, place)
            right = self.rights[body[0]]
            is_free = right.free_for(journal.phone.terminal.id, self.field.now)
            if is_free and body[1] <= right.left:
                right.left -= body[1]
                expected.append(("accepted", ""))
            else:
                expected.append(("conflict", ""))
        return expected

    def _body(self, journal: Journal, place: int) -> tuple[UUID, int]:
        said = json.loads(journal.phone.lines[place - 1]["line"])
        (family,) = [one for one in self.field.families if one.token == said["card"]]
        return family.household_id, said["quantity"]

    def _acknowledge(self, journal: Journal, first: int, said: list[tuple[str, str]]) -> None:
        for place, (word, _) in enumerate(said, first):
            line = json.loads(journal.phone.lines[place - 1]["line"])
            self.acked[word].add(UUID(line["id"]))

    async def _on_line(self, shown: str, phone: Phone | None) -> Any:
        caller = Principal(
            subject=str(new_id()),
            name="Loket",
            roles=frozenset(),
            permissions=frozenset(),
            partner_id=self.journals[0].phone.terminal.partner_id,
        )
        if phone is not None:
            caller = self.field.caller(phone)
        benefit = self.field.approved.benefits[0].benefit_id
        cycle = self.field.approved.cycle.cycle_id
        wanted = Wanted(new_id(), shown, None, benefit, cycle, 1, None, "name_compared")

        async def do(tx: Any) -> Any:
            card = await identify(tx, self.field.tools.trusted, shown, self.field.now)
            (outcome,) = await redeem_all(
                tx, self.field.tools.trusted, [Act(caller, wanted, self.field.now, card)]
            )
            return outcome

        return await self.field.act(do)

    async def _undo(self, redemption_id: UUID) -> Any:
        other = Principal(
            subject=str(new_id()),
            name="Pengelola",
            roles=frozenset(),
            permissions=frozenset(),
            partner_id=self.journals[0].phone.terminal.partner_id,
        )

        async def do(tx: Any) -> Any:
            line = await tx.execute(
                text("SELECT redeemed_at FROM redemptions WHERE id = :i"), {"i": redemption_id}
            )
            return await reverse(
                tx,
                other,
                redemption_id=redemption_id,
                reversal_id=new_id(),
                reason="salah keluarga",
                now=line.scalar_one(),
            )

        return await self.field.act(do)

    async def _revoke(self, terminal_id: UUID) -> None:
        async with self.field.world.engine.begin() as tx:
            await tx.execute(
                text(
                    "UPDATE terminals SET revoked_at = :now, revoked_by = 'x', "
                    "revoked_by_name = 'X', revoked_reason = 'hilang' WHERE id = :t"
                ),
                {"now": self.field.now, "t": terminal_id},
            )

    @invariant()
    def what_is_left_is_what_the_oracle_says_and_the_ledger_adds_up(self) -> None:
        if not hasattr(self, "rights"):
            return
        found = run(
            self.loop,
            self.field.rows(
                "SELECT household_id, remaining_quantity FROM entitlements "
                "WHERE household_id = ANY(:h)",
                h=list(self.rights),
            ),
        )
        assert {row["household_id"]: row["remaining_quantity"] for row in found} == {
            household_id: known.left for household_id, known in self.rights.items()
        }
        assert all(0 <= known.left <= QUANTITY for known in self.rights.values())

    def teardown(self) -> None:
        if hasattr(self, "rights"):
            run(self.loop, self._nothing_acknowledged_is_lost())
            run(self.loop, self._leases_were_not_overdrawn())

    async def _nothing_acknowledged_is_lost(self) -> None:
        async with self.field.world.engine.connect() as tx:
            _, differences = await check_ledger(tx)
        assert differences == []
        ids = {word: list(acked) for word, acked in self.acked.items()}
        accepted = await self.field.rows(
            "SELECT id FROM redemptions WHERE id = ANY(:i)", i=ids["accepted"]
        )
        assert len(accepted) == len(ids["accepted"])
        conflicts = await self.field.rows(
            "SELECT DISTINCT act_id FROM conflicts WHERE act_id = ANY(:i)", i=ids["conflict"]
        )
        assert len(conflicts) == len(ids["conflict"])
        held = 0
        for journal in self.journals:
            rows = await self.field.rows(
                "SELECT lines FROM quarantined_segments WHERE terminal_id = :t",
                t=journal.phone.terminal.id,
            )
            held += sum(row["lines"] for row in rows)
        assert held >= len(ids["quarantined"])

    async def _leases_were_not_overdrawn(self) -> None:
        overdrawn = await self.field.rows(
            "SELECT 1 FROM leases l CROSS JOIN LATERAL unnest(l.entitlement_ids, l.quantities) "
            "AS r (entitlement_id, quantity) WHERE r.quantity < ("
            "SELECT coalesce(sum(d.quantity), 0) FROM redemptions d "
            "LEFT JOIN reversals v ON v.redemption_id = d.id WHERE v.id IS NULL "
            "AND d.lease_id = l.id AND d.entitlement_id = r.entitlement_id)"
        )
        assert overdrawn == []


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    own = asyncio.new_event_loop()
    yield own
    own.close()


@pytest.fixture(scope="module")
def shared(loop: asyncio.AbstractEventLoop, new_database: Callable[[str], str]) -> Iterator[Field]:
    made: Field = run(loop, a_field(new_database("redemption"), [next(VILLAGES)], 1, QUANTITY))
    yield made
    run(loop, made.world.engine.dispose())


def test_whatever_happens_to_terminals_the_rule_holds(
    loop: asyncio.AbstractEventLoop, shared: Field
):
    def fresh() -> Machine:
        return Machine(loop, shared)

    # Hypothesis takes any callable that makes a machine; its types say only the class.
    run_state_machine_as_test(
        cast(Any, fresh),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )


TERMINALS, LINES_EACH, RIGHTS, SEED = 20, 6, 10, 20_260_301


def test_20_terminals_with_overlapping_acts_in_random_order_end_as_the_rule_says(
    loop: asyncio.AbstractEventLoop, shared: Field
):
    """One sends everything twice, one comes from an old backup; two send at the same moment."""
    run(loop, _storm(shared, random.Random(SEED)))


async def _storm(shared: Field, dice: random.Random) -> None:
    field = await more_families(shared.world, [next(VILLAGES)], RIGHTS, QUANTITY)
    phones = [await field.a_phone() for _ in range(TERMINALS)]
    for phone in phones:
        for _ in range(LINES_EACH):
            phone.give(dice.choice(field.families), field.approved, quantity=1)
    twice, restored = phones[3], phones[7]
    pending = [(phone, first) for phone in phones for first in range(1, LINES_EACH, 2)]
    arrivals: list[tuple[Phone, int, str]] = []
    heads = dict.fromkeys(range(TERMINALS), 0)
    while pending:
        ready = [one for one in pending if one[1] == heads[phones.index(one[0])] + 1]
        chosen = dice.choice(ready)
        pending.remove(chosen)
        phone, first = chosen
        answers = [await field.send(phone, first, first + 1)]
        if phone is twice:
            answers += await asyncio.gather(*(field.send(phone, first, first + 1) for _ in "ab"))
        assert len({tuple(_words(one)) for one in answers}) == 1
        heads[phones.index(phone)] += 2
        arrivals += [(phone, first + n, word) for n, word in enumerate(_words(answers[0]))]
    old = restored.restored(2)
    old.give(field.families[0], field.approved, quantity=1)
    assert _words(await field.send(old, 1, 3)) == [*_first_two(arrivals, restored), "quarantined"]
    await _is_first_come_first_served(field, arrivals)


def _words(answer: Any) -> list[str]:
    return [one.word for one in answer.outcomes]


def _first_two(arrivals: list[tuple[Phone, int, str]], phone: Phone) -> list[str]:
    return [word for sender, place, word in arrivals if sender is phone and place <= 2]


async def _is_first_come_first_served(field: Field, arrivals: list[tuple[Phone, int, str]]) -> None:
    left = {one.token: QUANTITY for one in field.families}
    for phone, place, word in arrivals:
        card = json.loads(phone.lines[place - 1]["line"])["card"]
        assert word == ("accepted" if left[card] else "conflict")
        left[card] = max(0, left[card] - 1)
    assert len(arrivals) == TERMINALS * LINES_EACH
    terminals = [phone.terminal.id for phone, _, _ in arrivals]
    kept = await field.rows(
        "SELECT (SELECT count(*) FROM redemptions WHERE terminal_id = ANY(:t)) "
        "+ (SELECT count(*) FROM conflicts WHERE terminal_id = ANY(:t)) AS lines",
        t=terminals,
    )
    assert kept[0]["lines"] == TERMINALS * LINES_EACH
    async with field.world.engine.connect() as tx:
        _, differences = await check_ledger(tx)
    assert differences == []
