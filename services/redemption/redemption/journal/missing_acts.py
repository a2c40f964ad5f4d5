"""Which acts a terminal had an answer for are no longer known here: a backup was restored since.

The terminal writes those into its journal as lines that stand on no lease and say that they were
answered (`Line.answered`). They are judged as any such line. That word is evidence for whoever
looks at them, and no rule reads it: whoever makes it up has gained nothing that the same line
without it would not have brought.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.journal import conflict_queries
from redemption.redeeming import line_queries

# What one question may name; a terminal asks in pages, the newest acts first.
ACTS_MAX = 200


async def missing_acts(
    tx: AsyncConnection, terminal_id: UUID, act_ids: Sequence[UUID]
) -> list[UUID]:
    """Return which of these ids are no redemption, reversal or conflict of this terminal.

    Another terminal's act is missing too: a terminal hears nothing of the others'.
    """
    known = await line_queries.known_of_terminal(tx, terminal_id, act_ids)
    known |= await conflict_queries.known_acts(tx, terminal_id, act_ids)
    return [one for one in act_ids if one not in known]
