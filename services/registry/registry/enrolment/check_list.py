"""Checking later that what was carried out is what was signed: `registry.cli check-list`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import RowMapping, TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from common.problems import Refused
from registry.enrolment import annex_queries as queries
from registry.enrolment.propose import find
from registry.enrolment.sample import drawn_with, sample_of
from registry.enrolment.verify import content_of

NAMED_MAX = 20
# What each comparison means when it finds a family.
DIFFERENCES: tuple[tuple[str, TextClause], ...] = (
    ("signed, but not enrolled by this list", queries.NOT_ENROLLED),
    ("enrolled by this list, but not signed", queries.NOT_SIGNED),
    ("enrolled for another decision than was signed", queries.OTHER_DECISION),
    ("ended by this list, but not signed as leaving", queries.ENDED_UNSIGNED),
)


@dataclass(slots=True)
class Checked:
    """What a check of a list has shown; families by their id, never by name."""

    state: str
    families: int
    signed_hash: str
    hash_now: str
    sample_size: int = 0
    problems: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """Return what to print."""
        yield f"state: {self.state}, families: {self.families}, sample: {self.sample_size}"
        yield f"signed:     {self.signed_hash or '(not fixed yet)'}"
        yield f"recomputed: {self.hash_now}"
        yield from (f"DIFFERS: {problem}" for problem in self.problems)
        if not self.problems:
            yield "nothing differs"


async def check_list(tx: AsyncConnection, list_id: UUID) -> Checked:
    """Recompute a list's hash, draw its sample again, and compare with what was done.

    Raises Refused: not_found.
    """
    one = await find(tx, list_id)
    if one is None:
        raise Refused("not_found")
    families, digest = await content_of(tx, one)
    signed = bytes(one["content_hash"]).hex() if one["content_hash"] else ""
    checked = Checked(one["state"], families, signed, digest.hex())
    if signed and signed != checked.hash_now:
        checked.problems.append("the families are not those whose hash was fixed")
    await _against_the_log(tx, one, checked)
    await _against_the_draw(tx, one, checked)
    if one["state"] == "approved":
        for words, statement in DIFFERENCES:
            asked = {"list_id": list_id, "rows": NAMED_MAX}
            found = (await tx.execute(statement, asked)).scalars()
            checked.problems.extend(f"family {household}: {words}" for household in found)
    return checked


async def _against_the_log(tx: AsyncConnection, one: RowMapping, checked: Checked) -> None:
    """Compare with the hashes in the audit log, which its own chain protects."""
    rows = (await tx.execute(queries.HASHES_IN_LOG, {"list_id": str(one["id"])})).all()
    for row in rows:
        if row.content_hash is not None and row.content_hash != checked.hash_now:
            checked.problems.append(f"{row.action} is in the audit log with {row.content_hash}")
    needed = {"verified": {"list.verified"}, "approved": {"list.verified", "list.approved"}}
    for action in sorted(needed.get(one["state"], set()) - {row.action for row in rows}):
        checked.problems.append(f"{action} is not in the audit log")


async def _against_the_draw(tx: AsyncConnection, one: RowMapping, checked: Checked) -> None:
    sample = await sample_of(tx, one["id"])
    if sample is None:
        return
    _, drawn = await drawn_with(tx, one["id"], sample["seed"])
    kept = (await tx.execute(queries.SAMPLE_AS_KEPT, {"list_id": one["id"]})).scalars().all()
    checked.sample_size = len(kept)
    if [row["household_id"] for row in drawn] != list(kept):
        checked.problems.append("the sample is not the one that its seed draws")
