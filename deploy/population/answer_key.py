"""What is true, beside what the files say: one line a row, one line a family card."""

from collections.abc import Iterator

from population.listing import Listing
from population.period import Period
from population.structure import Relation

PERSONS = (
    "truth_id", "village", "row", "family_id", "faults", "duplicate_of", "no_kk", "nik", "nama",
    "tanggallahir", "sex",
)  # fmt: skip
FAMILIES = (
    "family_id", "no_kk", "village", "rows", "members", "head", "duplicate_of", "desil", "pkh",
    "sembako", "blt_dd", "faults",
)  # fmt: skip
DTSEN = ("no_kk", "desil", "periode")


def persons(listing: Listing) -> Iterator[tuple[object, ...]]:
    """Yield the truth of each row in file order.

    Rows with the same truth_id are the same person; all but one of them name it in duplicate_of.
    NIK, name, birth date and sex are the true ones, whatever the file says.
    """
    for record in listing.records:
        person = record.person
        again = person.truth_id if record.is_duplicate else ""
        yield (
            person.truth_id, listing.village.code, record.row, record.family.family_id,
            "|".join(record.faults), again, record.family.kk, person.nik, person.name,
            person.born.isoformat(), person.sex,
        )  # fmt: skip


def families(listing: Listing) -> Iterator[tuple[object, ...]]:
    """Yield the truth of each family card that the village's file has rows of."""
    for family in listing.families:
        heads = [one.truth_id for one in family.members if one.relation == Relation.HEAD]
        yield (
            family.family_id, family.kk, listing.village.code, family.rows, len(family.members),
            heads[0] if heads else "", family.duplicate_of, family.decile or "",
            *("1" if name in family.programmes else "0" for name in ("pkh", "sembako", "blt_dd")),
            "|".join(family.faults),
        )  # fmt: skip


def dtsen(listing: Listing, period: Period) -> Iterator[tuple[object, ...]]:
    """Yield the deciles that are known."""
    for family in listing.families:
        if family.decile is not None:
            yield family.kk, family.decile, period.name
