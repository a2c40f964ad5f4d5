"""The lines of a journal that was put aside, opened for whoever reviews it."""

from dataclasses import dataclass

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.sealed import Sealer
from redemption.journal import quarantine_queries
from redemption.journal.lines import Line, read_line
from redemption.journal.seal_lines import open_lines, quarantine_place

# A page; whoever reviews more lines than these releases or refuses them together all the same.
SHOWN_MAX = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A line that was put aside; None where it could not be read."""

    segment: int
    line: Line | None


async def read_lines(tx: AsyncConnection, sealer: Sealer, one: RowMapping) -> list[Shown]:
    """Return the first lines of a quarantine, in the order they came. The caller notes the look."""
    shown: list[Shown] = []
    for segment in await quarantine_queries.segments(tx, one["id"]):
        place = quarantine_place(segment["id"])
        for sent in open_lines(sealer, segment["sealed_lines"], place):
            if len(shown) == SHOWN_MAX:
                return shown
            shown.append(Shown(segment["nth"], read_line(sent.line, one["journal_id"])))
    return shown
