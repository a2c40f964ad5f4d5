"""What one village sends: its rows with their faults, and what others know about its families."""

from dataclasses import dataclass, field

from population import facts, spelling
from population.duplicates import FIRST_FAMILIES, DoubleMaker, Province
from population.faults import FaultMaker
from population.people import Family, Person
from population.randomness import Dice
from population.records import Record, record_of
from population.settlement import Settlement
from population.sizes import Village, villages_in_regency
from population.structure import Relation

ROSTER_FAULTS = {  # A family's faults in a roster, and the rate each is made at.
    f"{programme}_{fault}": f"roster_{fault}"
    for programme in facts.PROGRAMMES
    for fault in ("respelled", "old_kk")
}
FIRST_ROW = 2  # The header is row 1.


@dataclass(frozen=True, slots=True)
class RosterLine:
    """One participant of an aid programme, as its own agency writes them."""

    programme: str
    kk: str
    nik: str
    name: str
    birthplace: str
    born: str
    address: str


@dataclass(slots=True)
class Listing:
    """One village's rows in file order, its families, and its lines in the rosters."""

    village: Village
    families: list[Family] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    roster: list[RosterLine] = field(default_factory=list)


class Lister:
    """Lists one village."""

    def __init__(self, province: Province, village: Village) -> None:
        seed, self._rates = province.seed, province.rates
        count = villages_in_regency()[village.regency]
        self._settlement = Settlement(seed, village, count, province.period)
        self._faults = FaultMaker(seed, village.code, province.rates, province.period)
        self._doubles = DoubleMaker(province, self._settlement)
        self._facts = Dice(seed, "facts", village.code)
        self._listing = Listing(village)

    def list(self) -> Listing:
        """Return exactly as many rows as the plan has for the village."""
        listing, originals = self._listing, 0
        while (left := listing.village.rows - len(listing.records)) > 0:
            if self._doubles.next_is_double(originals):
                self._double(left)
            else:
                self._family(left, first=originals < FIRST_FAMILIES)
                originals += 1
        self._finish()
        return listing

    def _family(self, at_most: int, first: bool) -> None:
        family = self._settlement.family(at_most)
        facts.learn(
            family,
            self._facts,
            has_village_fund=not self._listing.village.is_kelurahan,
            missing=self._rates.dtsen_missing,
        )
        members = family.members
        # The first families stay whole, for they are made again wherever their people turn up.
        if not first and self._faults.lost_head(len(members)):
            family.faults.append("head_missing")
            members = members[1:]
        rows = [record_of(person, family) for person in members]
        self._faults.spoil_family(rows)
        self._listing.families.append(family)
        self._listing.records.extend(rows)

    def _double(self, at_most: int) -> None:
        listing = self._listing
        listed = [record for record in listing.records[-400:] if not record.is_duplicate]
        rows, new_card = self._doubles.rows(listed, listing.families[-1], at_most)
        if new_card:
            listing.families.append(rows[0].family)
        listing.records.extend(rows)

    def _finish(self) -> None:
        """Put the rows in file order, spoil them, and write the rosters."""
        listing = self._listing
        listing.records.sort(key=_file_order)
        above: Record | None = None
        for row, record in enumerate(listing.records, FIRST_ROW):
            record.row = row
            record.family.rows += 1
            self._faults.spoil(record, above)
            above = record
        for family in listing.families:
            for programme in family.programmes:
                listing.roster.append(self._roster_line(family, programme))

    def _roster_line(self, family: Family, programme: str) -> RosterLine:
        dice, person = self._facts, _recipient(family, programme)
        name, kk, place = person.name, family.kk, family.place
        if dice.chance(self._rates.roster_respelled):
            name = spelling.respelled(dice, name)
            family.faults.append(f"{programme}_respelled")
        if programme != "blt_dd" and dice.chance(self._rates.roster_old_kk):
            kk = self._settlement.card_number(dice)
            family.faults.append(f"{programme}_old_kk")
        address = f"RT {place.rt} RW {place.rw} Dusun {place.hamlet.title()}"
        return RosterLine(
            programme, kk, person.nik, name, person.birthplace, person.born.isoformat(), address
        )


def _recipient(family: Family, programme: str) -> Person:
    """Return who receives the aid: the mother for PKH and Sembako, else the head."""
    wives = [person for person in family.members if person.relation == Relation.WIFE]
    return wives[0] if wives and programme != "blt_dd" else family.members[0]


def _file_order(record: Record) -> tuple[str, str, str]:
    place = record.family.place
    return place.hamlet, place.rt, record.family.family_id
