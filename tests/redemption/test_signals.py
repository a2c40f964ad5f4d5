"""Signals fire on their evidence, are silent just below it, come once; people judge them."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer, serving
from tests.redemption.a_watch import NOON, Watch, a_watch
from tests.redemption.conftest import a_world
from tests.redemption.test_companions import a_noting, keys_of, somebody
from tests.redemption.world import FOOD_POINT, NOW, VILLAGE, World, a_benefit

from common import events
from common.database import in_transaction
from common.ids import new_id
from common.problems import Refused
from redemption.app import create_app
from redemption.companions.note import note, use
from redemption.measures.change import Proposal, decide, propose


# Lines are written here without the rights that they would take from, which other tests look at:
# so these have a database of their own.
@pytest.fixture(scope="module")
async def world(new_database: Callable[[str], str]) -> AsyncIterator[World]:
    async with a_world(new_database("redemption")) as made:
        yield made


@pytest.fixture(scope="module")
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(create_app(world.settings)) as made:
        yield made


@pytest.fixture
async def watch(world: World) -> Watch:
    return await a_watch(world, a_benefit())


async def settings_of(watch: Watch, kind: str) -> dict[str, int]:
    found = await watch.run(
        "SELECT settings FROM measures WHERE code = :kind AND topic = 'signal_threshold'",
        kind=kind,
    )
    return dict(found[0]["settings"])


# ------------------------------------------------------------------------------- a fast terminal


async def test_a_terminal_that_is_too_fast_is_seen_once_for_its_day(watch: Watch):
    ids = [await watch.line(NOON + timedelta(seconds=15 * n)) for n in range(12)]
    await watch.line(NOON + timedelta(hours=2))
    await watch.look()
    await watch.look()
    (signal,) = await watch.raised("terminal_too_fast", watch.terminal_id)
    assert signal["evidence"] == ids
    assert signal["facts"]["acts"] == 12
    assert signal["facts"]["is_said"] is False


async def test_one_act_fewer_or_a_little_slower_is_silent(watch: Watch):
    for n in range(11):
        await watch.line(NOON + timedelta(seconds=10 * n))
    for n in range(12):
        await watch.line(NOON + timedelta(hours=3, seconds=16.5 * n))
    await watch.look()
    assert await watch.raised("terminal_too_fast", watch.terminal_id) == []


async def test_lines_that_come_late_from_a_journal_still_fire_by_the_phone_s_own_words(
    watch: Watch,
):
    synced = NOW - timedelta(minutes=30)
    early = [await watch.line(synced, said_at=NOON + timedelta(seconds=5 * n)) for n in range(11)]
    await watch.look()
    assert await watch.raised("terminal_too_fast", watch.terminal_id) == []
    last = await watch.line(NOW, said_at=NOON + timedelta(seconds=60))
    await watch.look(NOW - timedelta(minutes=1))
    (signal,) = await watch.raised("terminal_too_fast", watch.terminal_id)
    assert signal["evidence"] == [*early, last]
    assert signal["facts"]["is_said"] is True


async def test_all_lines_of_one_synced_journal_are_no_haste_when_the_phone_said_otherwise(
    watch: Watch,
):
    for n in range(14):
        await watch.line(NOW, said_at=NOON + timedelta(minutes=5 * n))
    await watch.look()
    assert await watch.raised("terminal_too_fast", watch.terminal_id) == []


async def test_without_a_terminal_it_is_the_operator_who_is_counted(watch: Watch):
    watch.terminal_id = None
    for n in range(6):
        await watch.line(NOON + timedelta(seconds=n), redeemed_by="satu")
        await watch.line(NOON + timedelta(seconds=n), redeemed_by="dua")
    for n in range(12):
        await watch.line(NOON + timedelta(seconds=n), redeemed_by="tiga")
    await watch.look()
    for name, count in (("satu", 0), ("dua", 0), ("tiga", 1)):
        found = await watch.raised("terminal_too_fast", f"{watch.partner_id}:{name}")
        assert len(found) == count, name


# ------------------------------------------------------------------------------- distant places


async def two_places(world: World, first: str, second: str, minutes: float, **late: Any) -> int:
    one, other = await a_watch(world, a_benefit(), first), await a_watch(world, a_benefit(), second)
    family = new_id()
    await one.line(NOON, household_id=family)
    said = {"said_at": NOON + timedelta(minutes=minutes)} if late else {}
    at = NOW if late else NOON + timedelta(minutes=minutes)
    await other.line(at, household_id=family, **said)
    await one.look()
    await one.look()
    return len(await one.raised("far_places", family.hex[16:]))


async def test_a_card_in_two_regencies_within_half_an_hour_is_seen_once(world: World):
    assert await two_places(world, "62.01", "62.02.01", 30) == 1
    assert await two_places(world, "62.01", "62.02.01", 20, late=True) == 1


async def test_the_same_regency_more_time_or_a_partner_of_everywhere_is_silent(world: World):
    assert await two_places(world, "62.01.01", "62.01.02", 5) == 0
    assert await two_places(world, "62.01", "62.02", 30.5) == 0
    assert await two_places(world, "62", "62.02", 5) == 0


async def test_the_villages_where_partners_stand_tell_how_far_two_are(world: World):
    """Partners of everywhere: Palangka Raya and Sampit, some 110 km, and two next to each other."""
    here, there, near = "62.71.01.1001", "62.02.06.1001", "62.71.01.1003"
    watches = {code: await a_watch(world, a_benefit(), "62") for code in (here, there, near)}
    for code, watch in watches.items():
        await watch.run(
            "UPDATE partners SET village_code = :c WHERE id = :p", c=code, p=watch.partner_id
        )
    quick, slow, next_door, travelled = (new_id() for _ in range(4))
    # A phone with a lease goes to its village: where its partner stands says nothing of it.
    await watches[here].line(NOON, household_id=travelled)
    away = {"said_at": NOON, "lease_id": new_id()}
    await watches[there].line(NOW, household_id=travelled, **away)
    for family, other, minutes in ((quick, there, 30), (slow, there, 240), (next_door, near, 1)):
        await watches[here].line(NOON, household_id=family)
        await watches[other].line(NOON + timedelta(minutes=minutes), household_id=family)
    await watches[here].look()
    (signal,) = await watches[here].raised("far_places", quick.hex[16:])
    assert signal["facts"]["is_rough"] is True
    assert 80 < signal["facts"]["km"] < 200
    for silent in (slow, next_door, travelled):
        assert await watches[here].raised("far_places", silent.hex[16:]) == []


async def test_where_places_are_known_the_speed_decides(world: World):
    one, other = await a_watch(world, a_benefit(), "62"), await a_watch(world, a_benefit(), "62")
    # Palangka Raya and Sampit: some 150 km as the crow flies.
    for watch, latitude, longitude in ((one, -2.21, 113.92), (other, -2.53, 112.95)):
        await watch.run(
            "INSERT INTO partner_places (partner_id, latitude, longitude, noted_by, "
            "noted_by_name) VALUES (:p, :a, :o, 'x', 'x')",
            p=watch.partner_id,
            a=latitude,
            o=longitude,
        )
    quick, slow = new_id(), new_id()
    for family, minutes in ((quick, 40), (slow, 120)):
        await one.line(NOON, household_id=family)
        await other.line(NOON + timedelta(minutes=minutes), household_id=family)
    await one.look()
    (signal,) = await one.raised("far_places", quick.hex[16:])
    assert 90 < signal["facts"]["km"] < 160
    assert await one.raised("far_places", slow.hex[16:]) == []


# ------------------------------------------------------------------------------- whole balances


async def a_shop(world: World) -> Watch:
    return await a_watch(world, a_benefit(kind="balance", amount_rupiah=200_000, code="BELANJA"))


async def whole(shop: Watch, at: datetime, amount_rupiah: int = 200_000, **more: Any) -> UUID:
    family = new_id()
    await shop.run(
        "INSERT INTO grants (household_id, cycle_id, benefit_id, subject_id, quantity, "
        "amount_rupiah) VALUES (:h, :c, :b, :h, 0, 200000)",
        h=family,
        c=shop.approved.cycle.cycle_id,
        b=shop.approved.benefits[0].benefit_id,
    )
    values = {"quantity": 0, "amount_rupiah": amount_rupiah, "household_id": family, **more}
    return await shop.line(at, **values)


async def test_a_run_of_whole_balances_is_seen(world: World):
    shop = await a_shop(world)
    ids = [await whole(shop, NOON + timedelta(minutes=6 * n)) for n in range(6)]
    await whole(shop, NOON + timedelta(hours=4))
    await shop.look()
    await shop.look()
    (signal,) = await shop.raised("whole_balances", shop.partner_id)
    assert signal["evidence"] == ids
    assert signal["facts"]["rupiah"] == 1_200_000
    assert signal["is_grave"] is True


async def test_parts_of_balances_and_five_whole_ones_are_silent(world: World):
    shop = await a_shop(world)
    for n in range(5):
        await whole(shop, NOON + timedelta(minutes=n))
    for n in range(6):
        await whole(shop, NOON + timedelta(minutes=n), 180_000, remaining_rupiah=20_000)
        await whole(shop, NOON + timedelta(minutes=n), 100_000)
    await shop.look()
    assert await shop.raised("whole_balances", shop.partner_id) == []


async def test_whole_balances_near_closing_time_are_seen_and_three_are_not(world: World):
    closing = NOON.replace(hour=17)
    for count in (3, 4):
        shop = await a_shop(world)
        await shop.run(
            "INSERT INTO partner_hours VALUES (:p, :day, '08:00', '17:00')",
            p=shop.partner_id,
            day=NOON.isoweekday(),
        )
        for n in range(count):
            await whole(shop, closing - timedelta(minutes=29 - 9 * n))
        await whole(shop, closing - timedelta(minutes=50))
        await shop.look()
        assert len(await shop.raised("whole_balances", shop.partner_id)) == count - 3


# ------------------------------------------------------------------------------ reported deaths


async def a_death(
    world: World, household_id: UUID, happened_on: date, action: str, sequence: int = 1
) -> None:
    event = events.HouseholdChangedV1.model_validate(
        {
            "household_id": household_id,
            "kind": "person_died",
            "region_code": VILLAGE,
            "sealed": "x",
            "card_action": action,
            "happened_on": happened_on,
            "changed_at": NOW,
        }
    )
    await world.tell(event, sequence=sequence)


async def test_a_redemption_after_a_reported_death_is_seen_whichever_is_heard_first(
    world: World, watch: Watch
):
    for is_death_first in (True, False):
        family, _ = await world.a_family()
        card = {"household_id": family.household_id, "card_id": family.card_id}
        if is_death_first:
            await a_death(world, family.household_id, NOON.date() - timedelta(days=1), "revoke")
            await watch.line(NOON, **card)
        else:
            await watch.line(NOON, **card)
            await watch.look()
            await a_death(world, family.household_id, NOON.date() - timedelta(days=1), "revoke")
        await watch.look()
        await watch.look()
        (signal,) = await watch.raised("after_death", family.household_id)
        assert signal["facts"]["acts"] == 1
        assert signal["facts"]["is_alone"] is True


async def test_the_day_of_death_itself_others_of_a_family_and_a_head_s_grace_are_silent(
    world: World, watch: Watch
):
    cases = ((NOON.date(), "revoke"), (NOON.date() - timedelta(days=9), "none"))
    for happened_on, action in (*cases, (NOON.date() - timedelta(days=60), "reissue")):
        family, _ = await world.a_family()
        await a_death(world, family.household_id, happened_on, action)
        await watch.line(NOON, household_id=family.household_id, card_id=family.card_id)
        await watch.look()
        assert await watch.raised("after_death", family.household_id) == [], action
    family, _ = await world.a_family()
    await a_death(world, family.household_id, NOON.date() - timedelta(days=61), "reissue")
    await watch.line(NOON, household_id=family.household_id, card_id=family.card_id)
    await watch.look()
    assert len(await watch.raised("after_death", family.household_id)) == 1


# ------------------------------------------------------------------------- PINs and conflicts


async def wrong_pins(watch: Watch, count: int, attempts_left: int = 3) -> None:
    for _ in range(count):
        await watch.run(
            "INSERT INTO pin_failures (act_id, card_id, pin_index, household_id, partner_id, "
            "terminal_id, operator, attempts_left, failed_at) VALUES (:id, :c, '', :id, :p, :t, "
            "'petugas', :left, :at)",
            id=(act_id := new_id()),
            c=act_id.hex[16:],
            p=watch.partner_id,
            t=watch.terminal_id,
            left=attempts_left,
            at=NOON,
        )


async def test_many_wrong_pins_at_one_terminal_are_seen_and_one_fewer_is_not(watch: Watch):
    await wrong_pins(watch, 14)
    await watch.look()
    assert await watch.raised("pin_failures", watch.terminal_id) == []
    await wrong_pins(watch, 1)
    await watch.look()
    await watch.look()
    (signal,) = await watch.raised("pin_failures", watch.terminal_id)
    assert (signal["facts"]["failures"], signal["facts"]["locks"]) == (15, 0)


async def test_locked_cards_are_seen_sooner_also_without_a_terminal(watch: Watch):
    watch.terminal_id = None
    await wrong_pins(watch, 2, attempts_left=0)
    await watch.look()
    assert await watch.raised("pin_failures", watch.partner_id) == []
    await wrong_pins(watch, 1, attempts_left=0)
    await watch.look()
    assert len(await watch.raised("pin_failures", watch.partner_id)) == 1


async def conflict(watch: Watch) -> None:
    await watch.run(
        "INSERT INTO conflicts (id, act_id, kind, journal_id, sequence, terminal_id, partner_id, "
        "partner_name, region_code, cycle_id, benefit_id, card_reading, holder_check, quantity, "
        "amount_rupiah, operator, operator_name, said_at, received_at, code, facts, is_owed, "
        "evidence, rule_version) VALUES (:id, :id, 'redemption', :id, 1, :id, :p, 'Mitra Uji', "
        ":region, :id, :id, 'scanned', 'name_compared', 1, 0, 'x', 'X', :at, :at, "
        "'already_redeemed', '{}', true, '{}', 1)",
        id=new_id(),
        p=watch.partner_id,
        region=VILLAGE,
        at=NOON,
    )


async def test_a_partner_s_share_of_conflicts_is_seen_from_its_threshold_on(watch: Watch):
    # Five of a hundred: exactly the share; of a hundred and one they would be fewer.
    for _ in range(95):
        await watch.line(NOON, said_at=NOON, terminal_id=new_id())
    for _ in range(4):
        await conflict(watch)
    await watch.look()
    assert await watch.raised("conflict_share", watch.partner_id) == []
    await conflict(watch)
    await watch.line(NOON, said_at=NOON, terminal_id=new_id())
    await watch.look()
    assert await watch.raised("conflict_share", watch.partner_id) == []
    await conflict(watch)
    await watch.look()
    await watch.look()
    (signal,) = await watch.raised("conflict_share", watch.partner_id)
    assert signal["facts"]["conflicts"] == 6


# ---------------------------------------------------------------------------------- companions


async def companion_of(watch: Watch, families: int, relation: str, cycle_id: UUID) -> UUID:
    caller = somebody("partner_operator", partner_id=FOOD_POINT)
    name, keys = f"Wakil {new_id().hex}", keys_of(watch.world)
    for _ in range(families):
        one = a_noting(name, relation=relation, cycle_id=cycle_id, is_late=True)

        async def noted(tx: Any, one: Any = one) -> UUID:
            found = await note(tx, caller, keys, one, NOON)
            act = {"act_id": one.id, "companion_id": found, "household_id": one.household_id}
            await use(tx, **act, now=NOON)
            return found

        companion_id: UUID = await in_transaction(watch.world.engine, noted)
    return companion_id


async def test_one_companion_with_many_cards_is_seen(watch: Watch):
    within = await companion_of(watch, 4, "family_same_address", new_id())
    beyond = await companion_of(watch, 5, "family_same_address", new_id())
    many = await companion_of(watch, 6, "family_same_address", new_id())
    await watch.look()
    await watch.look()
    assert await watch.raised("companion_many_cards", within) == []
    (held,) = await watch.raised("companion_many_cards", beyond)
    assert (held["facts"]["families"], held["facts"]["held"]) == (5, 1)
    (signal,) = await watch.raised("companion_many_cards", many)
    assert signal["facts"]["families"] == 6
    assert len(signal["evidence"]) == 6


# ------------------------------------------------------------------------- thresholds and people


async def test_a_threshold_changes_with_a_second_person_and_holds_from_then_on(watch: Watch):
    kind = "conflict_share"
    values = await settings_of(watch, kind)
    changed = {**values, "conflicts": 500}
    one, other = somebody("supervisor"), somebody("supervisor")
    proposal = Proposal(
        new_id(), "signal_threshold", kind, changed, "Terlalu banyak isyarat keliru"
    )

    async def as_person(act: Any) -> str:
        try:
            await in_transaction(watch.world.engine, act)
        except Refused as refusal:
            return refusal.code
        return "ok"

    assert await as_person(lambda tx: propose(tx, one, proposal)) == "ok"
    assert await as_person(lambda tx: propose(tx, one, proposal)) == "ok"
    own = await as_person(lambda tx: decide(tx, one, proposal.id, is_approved=True))
    assert own == "measure_needs_another"
    with pytest.raises(DBAPIError, match="two_people"):
        await watch.run(
            "UPDATE measures SET state = 'approved', decided_by = proposed_by, "
            "decided_by_name = 'x', decided_at = now() WHERE id = :id",
            id=proposal.id,
        )
    try:
        assert await as_person(lambda tx: decide(tx, other, proposal.id, is_approved=True)) == "ok"
        for _ in range(6):
            await conflict(watch)
        await watch.look()
        assert await watch.raised(kind, watch.partner_id) == []
    finally:
        await watch.run("DELETE FROM measures WHERE id = :id", id=proposal.id)
    outside = Proposal(new_id(), "signal_threshold", kind, {"percent": 0}, "Nilai di luar batas")
    assert await as_person(lambda tx: propose(tx, one, outside)) == "invalid_input"


async def test_a_day_of_many_lines_is_looked_at_in_seconds(world: World):
    """A large day, made set-wise: 20,000 lines at forty terminals."""
    watch = await a_watch(world, a_benefit())
    await watch.run(
        "INSERT INTO redemptions (id, household_id, subject_id, cycle_id, benefit_id, "
        "entitlement_id, card_id, card_reading, holder_check, region_code, quantity, "
        "amount_rupiah, remaining_quantity, remaining_rupiah, partner_id, partner_name, "
        "redeemed_by, redeemed_by_name, redeemed_at, terminal_id) "
        "SELECT gen_random_uuid(), h, h, :c, :b, h, left(md5(n::text), 16), 'scanned', "
        "'name_compared', :r, 1, 1000, 0, 0, :p, 'Mitra Uji', 'x', 'X', "
        "CAST(:at AS timestamptz) - n % 500 * interval '30 seconds', "
        "md5((n % 40)::text)::uuid "
        "FROM (SELECT n, gen_random_uuid() AS h FROM generate_series(1, 20000) n) lines",
        c=watch.approved.cycle.cycle_id,
        b=watch.approved.benefits[0].benefit_id,
        r=VILLAGE,
        p=watch.partner_id,
        at=NOON,
    )
    began = datetime.now(UTC)
    await watch.look()
    assert (datetime.now(UTC) - began).total_seconds() < 10


async def test_every_kind_of_signal_is_said_in_words_with_its_evidence(world: World, client):
    async with world.engine.connect() as tx:
        rows = (await tx.execute(text("SELECT DISTINCT ON (kind) id, kind FROM signals"))).all()
    supervisor = bearer("supervisor") | {"accept": "text/html"}
    for row in rows:
        for language in ("id", "en"):
            asked = {"headers": supervisor, "params": {"lang": language}}
            shown = await client.get(f"/signals/{row.id}", **asked)
            assert shown.status_code == 200, row.kind
            # A person judges by the limit that was passed, and by each thing that was seen.
            assert ("The limit that was passed" in shown.text) is (language == "en"), row.kind
            assert row.kind != "pin_failures" or shown.text.count("<tr") > 1
    for path in ("/signals?show=all", "/signals/statistics", "/signals/places", "/measures"):
        assert (await client.get(path, headers=supervisor)).status_code == 200, path
