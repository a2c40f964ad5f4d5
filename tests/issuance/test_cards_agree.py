"""Random acts on a few cards: after each, everybody who is asked about a card says the same.

Asked are the database, a terminal without network that has just had contact (whole lists and the
delta), redemption, and the registry; events reach those two in any order, some of them twice.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from tests.clients import serving, settings_values
from tests.issuance.builders import OTHER_VILLAGE, VILLAGE, Desk, a_desk, an_approval, an_enrolment
from tests.issuance.handing import a_giver, declares, gives, to_the_head
from tests.issuance.prints import sealer_of
from tests.issuance.test_contact import Terminal, a_terminal, published, text_of
from tests.issuance.test_standings import changed, ended, resumed, suspended, told
from tests.redemption.world import settings as redemption_settings

from common import clock
from common.auth.principal import Principal
from common.events import CardsIssuedV1, CardsStateChangedV1
from common.ids import new_id
from common.problems import Refused
from common.worker import Handlers, deliver
from issuance.app import create_app
from issuance.cards.acts import ACTS
from issuance.cards.change import Wish
from issuance.cards.expire import expire_some
from issuance.cards.move_many import move_many
from issuance.cards.rules import ENDED_STATES, ON_ITS_WAY, REASONS, VALID_STATES
from issuance.cards.settle import settle_some
from issuance.printing.make_sheets import make_next_file
from issuance.printing.request_batch import Wish as PrintWish
from issuance.printing.request_batch import request_batch
from issuance.trust.prepare import renew_bundle
from redemption.worker import handlers as redemption_handlers
from registry.cards.handlers import on_cards_issued, on_cards_state_changed

STEPS = 90
FAMILIES_MAX = 12
HEARS = 0.08
# A story in which less happens proves little.
STATES_SEEN = 6
OFF_LINE = {
    "active": ("valid", ""),
    "blocked": ("refused", "suspended"),
    **dict.fromkeys(ENDED_STATES, ("refused", "revoked")),
}
WAITS = ("refused", "not_active")
TO_THE_REGISTRY: Handlers = {
    CardsIssuedV1: on_cards_issued,
    CardsStateChangedV1: on_cards_state_changed,
}
PEOPLES_ACTS = (tuple(ACTS), tuple({"revoke": 1, "issue": 1}.get(act, 4) for act in ACTS))
# No time passes, a moment, or as much as lists and deltas grow old in.
PAUSES_S = (0, 0, 1, 5, 90, 7 * 3600)


@dataclass
class Clock:
    """The time that all of the services believe it is."""

    now: datetime

    def utc_now(self) -> datetime:
        return self.now


@dataclass
class World:
    """One office, a terminal, and the two services that hear of its cards."""

    desk: Desk
    terminal: Terminal
    redemption: AsyncEngine
    registry: AsyncEngine
    time: Clock
    chance: random.Random
    giver: Principal
    to_redemption: Handlers = field(default_factory=dict)
    families: list[Any] = field(default_factory=list)
    versions: dict[Any, int] = field(default_factory=dict)
    heard: int = 0
    done: list[str] = field(default_factory=list)

    def clerk(self) -> Principal:
        who = self.chance.choice(("clerk-1", "clerk-2", "clerk-3"))
        return Principal(who, who, frozenset(), frozenset({"cards.manage"}), ("62",))

    async def cards(self, *states: str) -> list[Any]:
        """The cards in these states; all without any."""
        found = await self.desk.rows("SELECT * FROM cards")
        # Not by their ids, which are random: the same seed would be another story each time.
        order = [one.household_id for one in self.families]
        found = [card for card in found if card.household_id in order]
        found.sort(
            key=lambda card: (order.index(card.household_id), card.ordered_at, -card.version)
        )
        return [card for card in found if not states or card.state in states]

    async def some(self, *states: str) -> list[str]:
        """Some of the cards in these states."""
        ids = [card.card_id for card in await self.cards(*states)]
        return self.chance.sample(ids, self.chance.randint(0, len(ids)))

    def next_version(self, key: Any) -> int:
        self.versions[key] = self.versions.get(key, 1) + 1
        return self.versions[key]


@pytest.fixture(params=[1, 2])
def seed(request: pytest.FixtureRequest) -> int:
    """Where chance begins: the same seed is the same story."""
    return int(request.param)


@pytest_asyncio.fixture
async def world(
    new_database: Callable[[str], str],
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> Any:
    time = Clock(clock.utc_now())
    monkeypatch.setattr(clock, "utc_now", time.utc_now)
    desk = await a_desk(
        new_database("issuance"),
        trust_root_file=str(tmp_path / "root"),
        trust_root_passphrase="dua belas huruf lebih",
    )
    await desk.do(lambda tx: renew_bundle(tx, desk.settings, clock.utc_now()))
    await desk.a_card("KELUARGA PERTAMA")
    await published(desk)
    url = new_database("redemption")
    redemption = create_async_engine(url)
    registry = create_async_engine(new_database("registry"))
    api = desk.settings.model_copy(update={"signing_master_key": None, "trust_root_file": ""})
    assert settings_values(url)["event_sealing_key"] == settings_values("x")["event_sealing_key"]
    async with serving(create_app(api)) as client:
        yield World(
            desk,
            await a_terminal(desk, client),
            redemption,
            registry,
            time,
            random.Random(seed),
            await declares(desk, a_giver("giver")),
            redemption_handlers(redemption_settings(url)),
        )
    for engine in (desk.engine, redemption, registry):
        await engine.dispose()


async def approve(world: World) -> None:
    if len(world.families) >= FAMILIES_MAX:
        return
    one = an_enrolment(f"KELUARGA {len(world.families)}", region_code=VILLAGE)
    world.families.append(one)
    await world.desk.hear(an_approval([one]))


async def sign(world: World) -> None:
    await world.desk.sign()


async def print_file(world: World) -> None:
    waiting = await world.cards("signed")
    village = world.chance.choice(waiting).region_code if waiting else VILLAGE
    sealer = sealer_of(world.desk)
    who = Principal("printer", "Printer", frozenset(), frozenset(), ("62",))
    wish = PrintWish(new_id(), village)
    await world.desk.do(lambda tx: request_batch(tx, who, sealer, wish))
    if world.chance.random() < 0.5:
        # Somebody is faster than the printer.
        await act_on_a_card(world)
    await make_next_file(world.desk.engine, sealer)


async def receive(world: World) -> None:
    chosen = await world.some("printed")
    step = {"old": "printed", "new": "at_desk", "reason": "print_received", "place": "62"}
    await world.desk.do(lambda tx: move_many(tx, world.clerk(), chosen, **step))


async def give(world: World) -> None:
    for card in await world.cards("printed", "at_desk"):
        if world.chance.random() < 0.4:
            await gives(world.desk, world.giver, to_the_head(card))


async def act_on_a_card(world: World) -> None:
    cards = await world.cards()
    if not cards:
        return
    card, (act,) = world.chance.choice(cards), world.chance.choices(*PEOPLES_ACTS)
    wish = Wish(new_id(), card.card_id, act, world.chance.choice(REASONS[act]))
    for _ in range(world.chance.choice((1, 2))):
        # A repeat is the same act.
        await world.desk.do(lambda tx: ACTS[act](tx, world.clerk(), wish))


async def tell_of_an_enrolment(world: World) -> None:
    if not world.families:
        return
    one = world.chance.choice(world.families)
    (say,) = world.chance.choices((suspended, resumed, ended), (3, 5, 1))
    await world.desk.hear(say(one, world.next_version(one.enrolment_id)))


async def tell_of_a_life(world: World) -> None:
    if not world.families:
        return
    one = world.chance.choice(world.families)
    kind, action = world.chance.choice(
        (("moved_in_province", "none"), ("head_changed", "reissue"), ("merged", "none"))
    )
    region = world.chance.choice((VILLAGE, OTHER_VILLAGE))
    event = changed(one.household_id, kind, action, region_code=region)
    await told(world.desk, event, world.next_version(one.household_id))


async def settle(world: World) -> None:
    await world.desk.do(lambda tx: settle_some(tx, clock.utc_now()))


ACTS_OF_THE_WORLD: tuple[tuple[Callable[[World], Awaitable[None]], int], ...] = (
    (approve, 3),
    (sign, 4),
    (print_file, 4),
    (receive, 4),
    (give, 4),
    (act_on_a_card, 7),
    (tell_of_an_enrolment, 2),
    (tell_of_a_life, 2),
    (settle, 1),
)


async def let_everybody_hear(world: World) -> None:
    """Bring what was not heard yet to both services, shuffled, some of it twice."""
    rows = await world.desk.rows(
        "SELECT position, envelope FROM outbox WHERE position > :p ORDER BY position",
        p=world.heard,
    )
    if not rows:
        return
    world.heard = rows[-1].position
    for engine, handlers in (
        (world.redemption, world.to_redemption),
        (world.registry, TO_THE_REGISTRY),
    ):
        messages = [row.envelope.encode() for row in rows]
        messages += world.chance.sample(messages, len(messages) // 3)
        world.chance.shuffle(messages)
        for body in messages:
            await deliver(engine, handlers, body)


async def by_card(engine: AsyncEngine, statement: str) -> dict[str, Any]:
    async with engine.connect() as connection:
        return {row.card_id: row for row in await connection.execute(text(statement))}


async def the_terminal_agrees(world: World) -> None:
    await published(world.desk)
    await world.terminal.contact()
    for card in await world.cards():
        if card.sealed_token is None:
            continue
        story = (card.card_id, card.state, world.done[-6:])
        said = world.terminal.says(text_of(world.desk, card))
        if said == ("unknown", "list_older_than_card"):
            # Signed since the last list: nothing is known of it, so that it is not valid either.
            assert card.state in ON_ITS_WAY, story
        else:
            assert said == OFF_LINE.get(card.state, WAITS), story


async def who_hears_agrees(world: World) -> None:
    await let_everybody_hear(world)
    known = await by_card(
        world.redemption,
        "SELECT card_id, coalesce(s.status, 'valid') AS status"
        " FROM cards c LEFT JOIN card_statuses s USING (card_id)",
    )
    ways = await by_card(world.registry, "SELECT card_id, version, state FROM card_ways")
    for card in await world.cards():
        story = (card.card_id, card.state, world.done[-9:])
        way = ways[card.card_id]
        assert (way.version, way.state) == (card.version, card.state), story
        if card.sealed_token is not None:
            outcome, reason = OFF_LINE.get(card.state, WAITS)
            assert known[card.card_id].status == (reason or outcome), story


async def each_family_has_one(world: World) -> None:
    valid = [card.household_id for card in await world.cards(*VALID_STATES)]
    assert len(valid) == len(set(valid))


async def test_whatever_happens_to_cards_everybody_says_the_same_of_them(world: World):
    acts, weights = zip(*ACTS_OF_THE_WORLD, strict=True)
    refused, seen = 0, set()
    for _ in range(STEPS):
        (act,) = world.chance.choices(acts, weights)
        world.done.append(act.__name__)
        try:
            await act(world)
        except Refused as refusal:
            refused += 1
            world.done[-1] += f": {refusal.code}"
        await the_terminal_agrees(world)
        await each_family_has_one(world)
        # What they hear in one go, in any order, is the news of several steps.
        if world.chance.random() < HEARS:
            await who_hears_agrees(world)
        seen |= {card.state for card in await world.cards()}
        world.time.now += timedelta(seconds=world.chance.choice(PAUSES_S))
    assert 0 < refused < STEPS
    assert len(seen) > STATES_SEEN, seen

    # All that was signed ends at last, and nobody says that it is valid.
    world.time.now += timedelta(days=6 * 366)
    await world.desk.do(lambda tx: expire_some(tx, clock.utc_now()))
    await let_everybody_hear(world)
    ways = await by_card(world.registry, "SELECT card_id, state FROM card_ways")
    for card in await world.cards():
        assert card.state in {"ordered", *ENDED_STATES}
        assert ways[card.card_id].state == card.state
        if card.sealed_token is not None:
            assert world.terminal.says(text_of(world.desk, card))[0] != "valid"
