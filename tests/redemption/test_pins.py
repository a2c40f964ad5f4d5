"""A card's PIN: heard sealed, kept sealed, five attempts, and only the newest counts."""

import asyncio
import os
from datetime import UTC, datetime

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text
from tests.redemption.world import World

from common import events
from common.database import in_transaction
from common.ids import new_id
from common.sealed import Sealer
from common.sealed_to import SealedTo, public_key_of
from redemption.pins.handlers import PinUnreadable, handlers
from redemption.pins.rules import PinAnswer, is_kept_form
from redemption.pins.verify import verify_pin
from redemption.settings import Settings

PRIVATE = bytes(range(32))
# As cheap as argon2 gets: what is tested here is what is counted, not what it costs.
CHEAP = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
PIN, WRONG = "483926", "111222"


class Pins:
    """The room of PINs over one database, with the key that opens them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.settings = world.settings.model_copy(
            update={"pin_private_key": type(world.settings.sealing_key)(PRIVATE)}
        )
        self.sealer = Sealer(world.settings.sealing_key.get_secret_value())

    async def hear(
        self,
        card_id: str,
        pin: str,
        sequence: int = 1,
        *,
        kept: str = "",
        place: str = "",
        settings: Settings | None = None,
    ) -> None:
        kept, place = kept or CHEAP.hash(pin), place or f"card_pin:{card_id}"
        event = events.CardPinSetV1(
            card_id=card_id,
            household_id=new_id(),
            sealed=SealedTo(public_key_of(PRIVATE)).seal_json({"argon2id": kept}, place),
            set_at=datetime.now(UTC),
        )
        envelope = events.enclose(
            event,
            event_id=new_id(),
            source="issuance",
            subject=f"card_pin:{card_id}",
            sequence=sequence,
            time=datetime.now(UTC),
        )
        handle = handlers(settings or self.settings)[type(event)]
        await in_transaction(self.world.engine, lambda tx: handle(tx, event, envelope))

    async def answer(self, card_id: str, pin: str) -> PinAnswer:
        answer = await in_transaction(
            self.world.engine, lambda tx: verify_pin(tx, self.sealer, card_id, pin)
        )
        assert isinstance(answer, PinAnswer)
        return answer


@pytest.fixture
def pins(world: World) -> Pins:
    return Pins(world)


@pytest.fixture
def card_id() -> str:
    return os.urandom(8).hex()


async def test_a_right_pin_gives_all_attempts_back(pins: Pins, card_id: str):
    await pins.hear(card_id, PIN)
    assert await pins.answer(card_id, WRONG) == PinAnswer("wrong", 4)
    assert await pins.answer(card_id, PIN) == PinAnswer("ok", 5)
    assert await pins.answer(card_id, WRONG) == PinAnswer("wrong", 4)


async def test_five_wrong_attempts_at_once_lock_the_card_even_for_the_right_one(
    pins: Pins, card_id: str
):
    await pins.hear(card_id, PIN)
    answers = await asyncio.gather(*(pins.answer(card_id, WRONG) for _ in range(8)))
    assert sorted(one.attempts_left for one in answers) == [0, 0, 0, 0, 1, 2, 3, 4]
    assert [one.word for one in answers].count("wrong") == 4
    assert await pins.answer(card_id, PIN) == PinAnswer("locked", 0)


async def test_a_new_pin_from_the_desk_unlocks_and_an_older_one_never_comes_back(
    pins: Pins, card_id: str
):
    await pins.hear(card_id, PIN, sequence=1)
    for _ in range(5):
        await pins.answer(card_id, WRONG)
    await pins.hear(card_id, "739104", sequence=2)
    await pins.hear(card_id, PIN, sequence=1)
    assert await pins.answer(card_id, "739104") == PinAnswer("ok", 5)
    assert (await pins.answer(card_id, PIN)).word == "wrong"


async def test_a_card_without_a_pin_says_so(pins: Pins, card_id: str):
    assert await pins.answer(card_id, PIN) == PinAnswer("none_set")


async def test_what_lies_in_the_database_opens_for_that_card_only(pins: Pins, card_id: str):
    await pins.hear(card_id, PIN)
    async with pins.world.engine.connect() as connection:
        (kept,) = (
            await connection.execute(
                text("SELECT sealed_hash FROM card_pins WHERE card_id = :id"), {"id": card_id}
            )
        ).one()
    assert b"argon2" not in kept
    assert pins.sealer.open_text(kept, f"card_pins.hash:{card_id}").startswith("$argon2id$")


@pytest.mark.parametrize(
    "forged",
    [
        {"kept": "$argon2id$v=19$m=4194304,t=3,p=1$" + "A" * 22 + "$" + "A" * 43},
        {"kept": "$argon2i$v=19$m=1024,t=3,p=1$" + "A" * 22 + "$" + "A" * 43},
        {"kept": PIN},
        {"place": "card_pin:ffffffffffffffff"},
    ],
    ids=["too costly", "another kind", "in the clear", "of another card"],
)
async def test_a_message_that_is_not_what_it_should_be_waits_for_a_person(
    pins: Pins, card_id: str, forged: dict[str, str]
):
    with pytest.raises(Exception, match=r"not an argon2id|another place"):
        await pins.hear(card_id, PIN, kept=forged.get("kept", ""), place=forged.get("place", ""))
    assert (await pins.answer(card_id, PIN)).word == "none_set"


async def test_without_the_private_key_the_message_is_kept_for_later(pins: Pins, card_id: str):
    with pytest.raises(PinUnreadable, match="PIN_PRIVATE_KEY"):
        await pins.hear(card_id, PIN, settings=pins.world.settings)


def test_the_form_of_what_is_kept_is_what_the_desk_makes():
    assert is_kept_form(PasswordHasher(time_cost=3, memory_cost=32_768, parallelism=1).hash(PIN))
