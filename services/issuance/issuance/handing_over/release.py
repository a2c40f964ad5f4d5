"""What another person decides about a phone's journal: batches put aside, and refused lines."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from issuance.handing_over import journal_queries as queries
from issuance.handing_over import round_queries
from issuance.handing_over.apply_line import Tools, do_line
from issuance.handing_over.journal import batch_context
from issuance.handing_over.journal_rules import Line, in_order, read_line
from issuance.handing_over.rounds import locked_round

SETTLEMENTS = ("returned", "with_family")


async def release(tx: AsyncConnection, caller: Principal, tools: Tools, quarantine_id: UUID) -> int:
    """Do the lines of a batch that was put aside, in the name of who wrote them; returns how many.

    Raises Refused: not_found, outside_your_regions, needs_another_person.
    """
    found = await tx.execute(queries.SELECT_QUARANTINE_FOR_UPDATE, {"id": quarantine_id})
    held = found.mappings().one_or_none()
    if held is None:
        raise Refused("not_found")
    one = await locked_round(tx, caller, held["round_id"])
    if held["holder"] == caller.subject:
        raise Refused("needs_another_person")
    if held["released_at"] is not None:
        return 0
    writer = Principal(
        held["holder"],
        held["holder_name"],
        frozenset(),
        frozenset({"handovers.record"}),
        regions=(one["region_code"],),
        request_id=caller.request_id,
    )
    batch = tools.sealer.open_json(held["sealed_batch"].decode(), batch_context(quarantine_id))
    done = 0
    for line in await _new_lines(tx, batch, held["journal_id"]):
        await do_line(tx, writer, tools, held, line)
        done += 1
    values = {"id": quarantine_id, "at": clock.utc_now(), "by": caller.subject}
    await tx.execute(queries.RELEASE, {**values, "name": caller.name})
    await audit.record(
        tx,
        caller,
        "journal.released",
        "round",
        held["round_id"],
        region_code=one["region_code"],
        details={"lines": done, "reason": held["reason"]},
    )
    return done


async def _new_lines(tx: AsyncConnection, batch: dict[str, Any], journal_id: UUID) -> list[Line]:
    """Return the readable lines of a batch that were not done before, each id once.

    Their hashes are as the phone sent them: a NIK was taken out of the texts.
    """
    lines = in_order(
        [
            read_line(one["text"], journal_id, _hash(one["hash"]), was_kept=True)
            for one in batch["lines"]
        ]
    )
    ids = [line.line_id for line in lines] or [UUID(int=0)]
    found = await tx.execute(queries.SELECT_LINES, {"ids": ids})
    known = {row["line_id"] for row in found.mappings()}
    return list({line.line_id: line for line in lines if line.line_id not in known}.values())


def _hash(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


async def settle(tx: AsyncConnection, caller: Principal, line_id: UUID, word: str) -> None:
    """Say where the card of a refused line is: back in the bag, or with the family.

    Raises Refused: not_found, outside_your_regions, needs_another_person, changed_meanwhile.
    """
    found = await tx.execute(queries.SELECT_LINE_FOR_UPDATE, {"id": line_id})
    line = found.mappings().one_or_none()
    if line is None or line["state"] != "refused" or word not in SETTLEMENTS:
        raise Refused("not_found")
    one = await locked_round(tx, caller, line["round_id"])
    if one["companion"] == caller.subject:
        raise Refused("needs_another_person")
    if line["settled_as"] not in {None, word}:
        raise Refused("changed_meanwhile")
    now = clock.utc_now()
    asked = {"id": line["round_id"], "card_id": line["card_id"], "at": now}
    if word == "with_family":
        await tx.execute(round_queries.NOT_COUNTED, asked)
    else:
        values = {**asked, "reason": "card_not_valid", "sealed_note": None, "desk_asked": False}
        await tx.execute(round_queries.RETURN_CARD, values)
    await tx.execute(queries.REOPEN_ROUND, {"round_id": line["round_id"]})
    await tx.execute(
        queries.SETTLE_LINE, {"id": line_id, "word": word, "at": now, "name": caller.name}
    )
    await audit.record(
        tx,
        caller,
        "journal.settled",
        "card",
        line["card_id"],
        region_code=one["region_code"],
        details={"as": word},
    )
