"""The demonstration's day at a counter: as of yesterday, and once however often it is made."""

from datetime import timedelta

from sqlalchemy import text
from tests.redemption.rights import a_person, enrolled
from tests.redemption.world import Card, World, a_benefit, a_cycle, a_list

from common import clock
from common.database import in_transaction
from common.web.formats import in_wib
from redemption.redeeming import seed
from redemption.settlement.check_ledger import check_ledger

NAMED = "Biaya sekolah yang dicoba"
LINES = text("""
    SELECT r.redeemed_at, v.id IS NOT NULL AS is_undone
    FROM redemptions r LEFT JOIN reversals v ON v.redemption_id = r.id
    WHERE r.region_code = :village
""")


async def test_parcels_were_given_yesterday_one_was_undone_and_a_repeat_gives_none(world: World):
    now = clock.utc_now()

    async def seeded() -> seed.Seeded:
        done: seed.Seeded = await in_transaction(world.engine, lambda tx: seed.seed_acts(tx, now))
        return done

    assert await seeded() == seed.Seeded(is_done=False)
    benefit, cycle = a_benefit(), a_cycle()
    for _ in range(seed.FAMILIES):
        await world.a_family(benefit, cycle=cycle, region_code=seed.VILLAGE)
    assert await seeded() == seed.Seeded(is_done=True, given=seed.FAMILIES)
    assert await seeded() == seed.Seeded(is_done=True)
    async with world.engine.connect() as tx:
        lines = (await tx.execute(LINES, {"village": seed.VILLAGE})).all()
        _, differences = await check_ledger(tx)
    assert {in_wib(line.redeemed_at).date() for line in lines} == {
        in_wib(now).date() - timedelta(days=1)
    }
    assert sum(line.is_undone for line in lines) == 1
    assert differences == []


async def test_each_ready_made_operator_finds_cards_to_try(world: World):
    now = clock.utc_now()
    fee = a_benefit(kind="fee", subject="person", partner_kinds=("school",), name_id=NAMED)
    blocked, family = Card(world.issuer), Card(world.issuer)
    approved = a_list(a_cycle(), [fee])
    await world.cards(blocked, family)
    await world.status(blocked, "suspended", 9)
    await world.tell(approved)
    for batch, one in enumerate((blocked, family), 1):
        await world.tell(enrolled(approved, {one.household_id: [a_person(world, fee)]}, batch))
    async with world.engine.connect() as tx:
        found = await seed.cards_to_try(tx, now)
    # Other tests' cards of other benefits are found as well.
    assert found["guru", NAMED] == [family.number]
    assert not any(named == NAMED for user, named in found if user != "guru")
