"""Everything adds up to the ledger: settlements, what is open, and what was paid."""

from dataclasses import dataclass

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from redemption.settlement import check_queries as queries

ROWS = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """The sums, and a sentence for everything that is not as it must be."""

    whole: RowMapping
    problems: list[str]


async def check_settlements(tx: AsyncConnection) -> Finding:
    """Hold every settlement and payment against the ledger; at most ROWS of each kind of fault."""
    whole = (await tx.execute(queries.WHOLE)).mappings().one()
    problems = []
    if (whole["settled_rupiah"], whole["settled_rupiah"] + whole["open_rupiah"]) != (
        whole["in_settlements_rupiah"],
        whole["ledger_rupiah"],
    ):
        problems.append(
            f"the ledger is Rp{whole['ledger_rupiah']}, settlements hold "
            f"Rp{whole['in_settlements_rupiah']} and Rp{whole['open_rupiah']} is open"
        )
    for statement, sentence in SENTENCES:
        found = (await tx.execute(statement, {"rows": ROWS})).mappings()
        problems += [sentence.format(**row) for row in found]
    return Finding(whole, problems)


SENTENCES = (
    (
        queries.SUMS,
        "settlement {id}: says {lines} lines and Rp{owed_rupiah}, "
        "has {found_lines} and Rp{found_rupiah}",
    ),
    (
        queries.STRANGE,
        "settlement {settlement_id}: {kind} {line_id} of Rp{amount_rupiah} is "
        "Rp{ledger_rupiah} in the ledger, or of another partner or time",
    ),
    (
        queries.MISSING,
        "partner {partner_id}: {kind} {line_id} of {at}, Rp{amount_rupiah}, lies in a settled "
        "period and is in no settlement",
    ),
    (queries.TWICE, "{kind} {line_id} is in {times} settlements"),
    (
        queries.PAYMENTS,
        "payment {id} of Rp{amount_rupiah} ({state}) for settlement {matter_id}, which is "
        "{settlement_state} with Rp{owed_rupiah}, or was paid before",
    ),
    (
        queries.CASH,
        "payment {id} of Rp{amount_rupiah} is {state}; the ledger has Rp{ledger_rupiah}, "
        "given back: {is_returned}",
    ),
    (
        queries.RUNS,
        "payment run {id} ({state}) says {files} files and Rp{total_rupiah}, has {found_files} "
        "and Rp{found_rupiah}, or one of them was decided otherwise",
    ),
    (queries.BATCHES, "payment batch {id} says Rp{total_rupiah}, its lines Rp{found_rupiah}"),
)
