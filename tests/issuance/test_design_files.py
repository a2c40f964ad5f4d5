"""Many print files at once: in order, few in memory, and a process that dies is told of."""

import hashlib
import os
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast

import pytest
from tests.issuance.drawn_cards import a_card, an_order

from issuance.printing.draw_files import (
    CARDS_PER_PART_MAX,
    PARTS_AHEAD,
    DrawingFailed,
    DrawOrder,
    draw_part,
    draw_parts,
)


class Deadly:
    """Ends the process that is given it."""

    def __reduce__(self):
        return os._exit, (9,)


async def drawn(orders):
    async with aclosing(cast(Any, draw_parts(orders))) as files:
        return [file async for file in files]


async def test_files_come_in_order_and_are_what_one_process_would_have_drawn():
    orders = [an_order(30 - 7 * part, part=part) for part in range(4)]
    files = await drawn(orders)
    assert [file.part_id for file in files] == [f"part {part}" for part in range(4)]
    assert files[0] == draw_part(orders[0])
    for order, file in zip(orders, files, strict=True):
        assert file.cards == len(order.cards)
        assert file.sha256 == hashlib.sha256(file.content).hexdigest()


async def test_orders_are_taken_no_faster_than_files_are():
    taken = []

    async def endless():
        part = 0
        while True:
            taken.append(part)
            yield an_order(1, part=part)
            part += 1

    async with aclosing(cast(Any, draw_parts(endless()))) as files:
        for seen in range(3):
            await anext(files)
            assert len(taken) <= seen + 1 + PARTS_AHEAD


async def test_a_process_that_dies_is_told_with_the_part_that_was_lost():
    deadly = replace(an_order(1, part=9), title=cast(Any, Deadly()))
    with pytest.raises(DrawingFailed, match="ended from outside") as failed:
        await drawn([an_order(5, part=1), deadly])
    assert failed.value.part_id in {"part 1", "part 9"}


async def test_a_card_that_cannot_be_drawn_is_told_without_its_words():
    order = an_order(1)
    wrong = DrawOrder("part x", order.title, order.ordered_at, [a_card(photo=b"SITI")])
    with pytest.raises(DrawingFailed, match="part x was not drawn: UnreadablePhoto") as failed:
        await drawn([wrong])
    assert "SITI" not in str(failed.value)


@pytest.mark.parametrize("cards", [0, CARDS_PER_PART_MAX + 1])
def test_a_part_without_cards_or_with_too_many_is_refused(cards):
    order = an_order(1)
    with pytest.raises(ValueError, match="1 to 1000"):
        DrawOrder("x", order.title, order.ordered_at, list(order.cards) * cards)
