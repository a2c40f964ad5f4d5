"""Whatever is given, undone, judged, settled and withdrawn in whatever order: it adds up."""

from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from tests.redemption.paying import a_shop, finance, somebody
from tests.redemption.test_settlements import (
    a_conflict,
    approved,
    did,
    drawn,
    gave,
    judged,
    undone,
)
from tests.redemption.world import World

from common.problems import Refused
from redemption.settlement.act_rules import Settlement
from redemption.settlement.check_settlements import check_settlements

WORDS = (
    "give undo owed not_owed judge_owed judge_not_owed judge_written_off draw draw agree withdraw "
    "approve"
)
STEPS = st.lists(st.sampled_from(WORDS.split()), min_size=4, max_size=11)


class Shop:
    """A partner, and what it must be owed by our own count."""

    def __init__(self, world: World, client: httpx.AsyncClient, partner_id: UUID) -> None:
        self.world, self.client, self.id = world, client, partner_id
        self.owed = 0
        self.given: list[str] = []
        self.conflicts: list[tuple[UUID, bool]] = []
        self.standing: list[Settlement] = []
        self.days = 0

    async def do(self, step: str) -> None:
        if step == "give":
            self.given += await gave(self.world, self.client, self.id)
            self.owed += 150_000
        elif step == "undo" and self.given:
            await undone(self.client, self.given.pop())
            self.owed -= 150_000
        elif step in ("owed", "not_owed"):
            is_owed = step == "owed"
            self.conflicts.append((await a_conflict(self.world, self.id, is_owed=is_owed), is_owed))
            self.owed += 150_000 * is_owed
        elif step.startswith("judge") and self.conflicts:
            conflict_id, was_owed = self.conflicts.pop()
            outcome = step.removeprefix("judge_")
            await judged(self.world, conflict_id, outcome)
            self.owed += 150_000 * ((outcome != "not_owed") - was_owed)
        else:
            await self.settle(step)

    async def settle(self, step: str) -> None:
        if step in ("draw", "approve"):
            self.days += 1
            make = drawn if step == "draw" else approved
            if self.standing and self.has_open_debt():
                with pytest.raises(Refused, match="earlier_debt"):
                    await make(self.world, self.id, days=self.days)
            elif await self.has_open_lines():
                self.standing.append(await make(self.world, self.id, days=self.days))
            else:
                with pytest.raises(Refused, match="nothing_to_settle"):
                    await make(self.world, self.id, days=self.days)
        elif step == "withdraw" and self.standing and self.standing[-1].state != "approved":
            last = self.standing.pop()
            await did(self.world, last, "withdrawn", finance(), "Dihitung ulang")
        elif step == "agree" and self.standing and self.standing[-1].state == "drawn_up":
            one = await did(self.world, self.standing[-1], "sent", finance())
            own = somebody("partner_admin", partner_id=self.id)
            self.standing[-1] = await did(self.world, one, "agreed", own)

    def has_open_debt(self) -> bool:
        """Whether the last one is a debt that nobody has approved yet."""
        return self.standing[-1].owed_rupiah < 0 and self.standing[-1].state != "approved"

    async def has_open_lines(self) -> bool:
        async with self.world.engine.connect() as tx:
            found = await tx.scalar(
                text(
                    "SELECT count(*) FROM partner_lines p WHERE partner_id = :p AND NOT EXISTS "
                    "(SELECT 1 FROM settlement_lines l WHERE (l.line_id, l.kind) = "
                    "(p.line_id, p.kind) AND NOT l.is_withdrawn)"
                ),
                {"p": self.id},
            )
        return bool(found)

    async def sums(self) -> dict[str, Any]:
        async with self.world.engine.connect() as tx:
            row = await tx.execute(
                text(
                    "SELECT (SELECT coalesce(sum(l.amount_rupiah), 0) FROM settlement_lines l "
                    "JOIN settlements s ON s.id = l.settlement_id WHERE s.partner_id = :p "
                    "AND NOT l.is_withdrawn AND l.kind <> 'carried') AS settled, "
                    "(SELECT coalesce(sum(amount_rupiah), 0) FROM partner_lines p WHERE "
                    "p.partner_id = :p AND kind <> 'carried' AND NOT EXISTS (SELECT 1 FROM "
                    "settlement_lines l WHERE (l.line_id, l.kind) = (p.line_id, p.kind) "
                    "AND NOT l.is_withdrawn)) AS open, "
                    "(SELECT coalesce(sum(amount_rupiah), 0) FROM partner_lines "
                    "WHERE partner_id = :p AND kind <> 'carried') AS ledger"
                ),
                {"p": self.id},
            )
            return dict(row.mappings().one())


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
async def test_settled_and_open_make_the_ledger_after_every_step(
    world: World, client: httpx.AsyncClient, steps: list[str]
):
    shop = Shop(world, client, await a_shop(world))
    await shop.do("give")
    for step in steps:
        await shop.do(step)
        sums = await shop.sums()
        assert sums["settled"] + sums["open"] == sums["ledger"] == shop.owed, (step, sums)
    if shop.standing and shop.has_open_debt():
        await shop.do("withdraw")
    await shop.do("draw")
    async with world.engine.connect() as tx:
        assert (await check_settlements(tx)).problems == []
    assert (await shop.sums())["open"] == 0
    # What is paid in all is what is owed in all, but for a debt that the last one carries on.
    paid = sum(max(one.owed_rupiah, 0) for one in shop.standing if one.state == "approved")
    waits = sum(one.owed_rupiah for one in shop.standing if one.state != "approved")
    debts = [one for one in shop.standing if one.state == "approved" and one.owed_rupiah < 0]
    is_last = bool(debts) and shop.standing[-1] == debts[-1]
    assert paid + waits + (debts[-1].owed_rupiah if is_last else 0) == shop.owed
