"""Segments as they are kept: packed, sealed for their place, and opened again for one who asks."""

import json
import zlib
from collections.abc import Sequence
from uuid import UUID

from common.sealed import Sealer
from redemption.journal.lines import Sent

# The texts of cards do not get much smaller at any level; this one costs least.
PACK_LEVEL = 1


def segment_place(journal_id: UUID, first_sequence: int) -> str:
    """Return the place to which a segment that was taken is bound."""
    return f"journal_segments.lines:{journal_id}:{first_sequence}"


def quarantine_place(segment_id: UUID) -> str:
    """Return the place to which a segment that was put aside is bound."""
    return f"quarantined_segments.lines:{segment_id}"


def seal_lines(sealer: Sealer, sent: Sequence[Sent], place: str) -> bytes:
    """Return lines and their signatures as they are stored."""
    return sealer.seal(zlib.compress(json.dumps(sent).encode(), PACK_LEVEL), place)


def open_lines(sealer: Sealer, sealed: bytes, place: str) -> list[Sent]:
    """Return stored lines with their signatures; raises SealBroken."""
    return [Sent(*one) for one in json.loads(zlib.decompress(sealer.open(sealed, place)))]
