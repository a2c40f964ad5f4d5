"""A person who comes to the desk is written into a family, without a file."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit, clock
from common.auth.principal import Principal
from common.problems import Refused
from common.sealed import BlindIndex, Sealer
from registry.people import rules
from registry.people.household import find_for

NAME_CHARACTERS_MAX = 100
SAID = ("household_id", "name", "sex", "born_on", "relation")
FOUND = text("""
    SELECT id, household_id, name, sex, born_on, relation FROM persons WHERE id = :person_id
""")
ADD = text("""
    INSERT INTO persons (id, household_id, nik_index, nik_sealed, temporary_number, name, name_key,
                         sex, born_on, birth_place, relation, status, import_id)
    VALUES (:id, :household_id, :nik_index, :nik_sealed, :temporary_number, :name, :name_key, :sex,
            :born_on, :birth_place, :relation, 'alive', :id)
    ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What is told of a person at the desk; `id` is made by the caller, `nik` may be missing."""

    id: UUID
    name: str
    sex: str
    born_on: date
    relation: str
    nik: str = ""
    birth_place: str = ""


async def add_person(
    tx: AsyncConnection,
    caller: Principal,
    keys: tuple[Sealer, BlindIndex],
    household_id: UUID,
    person: NewPerson,
) -> RowMapping:
    """Write a person into a family; a repeat gets the first answer.

    Raises Refused: not_found, outside_your_regions, invalid_input, number_not_16_digits,
    nik_known, id_reused.
    """
    home = await find_for(tx, caller, household_id)
    values = _values(keys, household_id, person)
    written = await tx.execute(ADD, values)
    found = (await tx.execute(FOUND, {"person_id": person.id})).mappings().one_or_none()
    if found is None:
        raise Refused("nik_known")
    if any(found[one] != values[one] for one in SAID):
        raise Refused("id_reused")
    if written.rowcount:
        await audit.record(
            tx, caller, "person.added", "person", person.id, region_code=home["region_code"]
        )
    return found


def _values(
    keys: tuple[Sealer, BlindIndex], household_id: UUID, person: NewPerson
) -> dict[str, object]:
    sealer, index = keys
    name = " ".join(person.name.split()).upper()[:NAME_CHARACTERS_MAX]
    key = rules.name_key(name)
    today = clock.utc_now().date()
    if not key or person.sex not in {"M", "F"} or person.relation not in rules.RELATIONS:
        raise Refused("invalid_input")
    if person.born_on > today:
        raise Refused("invalid_input")
    nik_index, nik_sealed = None, None
    nik = "".join(person.nik.split())
    if nik:
        if not rules.DIGITS_16.fullmatch(nik):
            raise Refused("number_not_16_digits")
        nik_index = index.of("nik", nik)
        nik_sealed = sealer.seal_text(nik, rules.nik_context(nik_index))
    return {
        "id": person.id,
        "household_id": household_id,
        "nik_index": nik_index,
        "nik_sealed": nik_sealed,
        "temporary_number": None if nik else rules.temporary_number(person.id),
        "name": name,
        "name_key": key,
        "sex": person.sex,
        "born_on": person.born_on,
        "birth_place": " ".join(person.birth_place.split()).upper()[:60] or None,
        "relation": person.relation,
    }
