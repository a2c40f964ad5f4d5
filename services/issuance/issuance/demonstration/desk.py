"""Families at the desk of the demonstration: what they were given, and what waits for a person."""

import io
from datetime import datetime
from functools import partial

from PIL import Image, ImageDraw
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock
from common.auth.principal import Principal
from issuance.cards.block import block
from issuance.cards.change import Wish
from issuance.cards.replace import replace
from issuance.cards.replacement_rules import REPLACED_ALONE_MAX
from issuance.cards.replacements import ask_replacement
from issuance.demonstration.cast import (
    CLERK,
    CLERK_2,
    GIVERS,
    NEIGHBOUR,
    NEIGHBOUR_NIK,
    demo_id,
    own_numbers,
)
from issuance.demonstration.plan import One
from issuance.demonstration.work import AtWork
from issuance.handing_over.declare import declare
from issuance.handing_over.hand_over import HandOver, hand_over
from issuance.photos.keep import NewPhoto, keep_photo
from issuance.pins.open_pad import OpenPad, open_pad
from issuance.pins.set_pin import set_pin

# A neighbour may collect for two families; the third is held for checking.
COLLECTED_FOR = 3
PIN = "739150"
# An invented face in a few shapes: its colours, and its boxes on a picture of this size.
PICTURE = (480, 624)
GROUND, SKIN, HAIR, CLOTH, DARK = "#dfe8e4", "#b98260", "#2b211c", "#2f6f62", "#4a2f22"


async def serve(work: AtWork, cards: list[One]) -> None:
    """Give cards away by hand, set a PIN, block one, and ask for another in place of one."""
    for number, giver in enumerate(GIVERS, 1):
        await _declare(work, number, giver)
    now = clock.utc_now()
    for one in cards[:COLLECTED_FOR]:
        await _give(work, CLERK_2, _to_the_neighbour(one, now))
    own = cards[COLLECTED_FOR:]
    for one in own:
        await _give(work, CLERK, _to_the_head(one, now))
    for act, one in zip((_set_pin, _block, _ask_replacement), own, strict=False):
        await act(work, one)


async def _declare(work: AtWork, number: int, giver: Principal) -> None:
    nik, kk = own_numbers(number)
    id_ = demo_id("declaration", giver.subject)
    await work.do(lambda tx: declare(tx, giver, work.index, declaration_id=id_, nik=nik, kk=kk))


def _to_the_neighbour(one: One, now: datetime) -> HandOver:
    return HandOver(
        demo_id("hand-over", one.card_id),
        one.card_id,
        "representative",
        "surat_kuasa",
        now,
        relation="neighbour",
        collector_name=NEIGHBOUR,
        collector_nik=NEIGHBOUR_NIK,
    )


def _to_the_head(one: One, now: datetime) -> HandOver:
    return HandOver(demo_id("hand-over", one.card_id), one.card_id, "head", "ktp", now)


async def _give(work: AtWork, giver: Principal, wish: HandOver) -> None:
    await work.do(lambda tx: hand_over(tx, giver, work.sealer, wish, index=work.index))


async def _set_pin(work: AtWork, one: One) -> None:
    if work.pins is None:
        return
    pad_id = demo_id("pad", one.card_id)

    async def choose(tx: AsyncConnection) -> None:
        pad = await open_pad(tx, CLERK, work.index, OpenPad(pad_id, one.card_id))
        await set_pin(tx, work.pins, pad, pin=PIN, again=PIN)

    await work.do(choose)


async def _block(work: AtWork, one: One) -> None:
    wish = Wish(demo_id("block", one.card_id), one.card_id, "block", "lost")
    await work.do(lambda tx: block(tx, CLERK, wish))


async def _ask_replacement(work: AtWork, one: One) -> None:
    """Ask for the next card of a family that has lost as many as one clerk alone may replace."""
    now = one
    for number in range(REPLACED_ALONE_MAX):
        wish = Wish(demo_id("lost", str(number), one.card_id), now.card_id, "replace", "lost")
        new = await work.do(partial(_replaced, wish))
        now = One(new["card_id"], one.household_id, new["region_code"])
        await work.until_remade(now.region_code)
        await work.bring([now], "active")
    asked = Wish(demo_id("replace", one.card_id), now.card_id, "replace", "lost")
    await work.do(lambda tx: ask_replacement(tx, CLERK, asked))


async def _replaced(wish: Wish, tx: AsyncConnection) -> RowMapping:
    return await replace(tx, CLERK, wish)


async def take_a_photo(work: AtWork, one: One) -> None:
    """Keep a photo for a family whose card is still to be printed."""
    photo_id = demo_id("photo", str(one.household_id))
    new = NewPhoto(photo_id, one.household_id, invented_face(), "camera", "head")
    await work.do(lambda tx: keep_photo(tx, CLERK, work.sealer, new))


def invented_face() -> bytes:
    """Return a drawn portrait of nobody."""
    picture = Image.new("RGB", PICTURE, GROUND)
    draw = ImageDraw.Draw(picture)
    draw.ellipse((60, 440, 420, 800), fill=CLOTH)
    draw.rectangle((205, 370, 275, 470), fill=SKIN)
    draw.ellipse((125, 110, 355, 400), fill=HAIR)
    draw.ellipse((145, 150, 335, 415), fill=SKIN)
    draw.pieslice((140, 105, 340, 330), 180, 360, fill=HAIR)
    for left in (190, 265):
        draw.ellipse((left, 262, left + 25, 280), fill=DARK)
        draw.arc((left - 8, 240, left + 33, 266), 200, 340, fill=DARK, width=6)
    draw.arc((205, 320, 275, 368), 25, 155, fill=DARK, width=6)
    draw.line((240, 285, 232, 325, 246, 327), fill=DARK, width=4)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
