"""Families, persons and enrolments in the standard's words, with no more than may be seen."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from common.regions import place_of
from registry.dci.rules import stamp

CORE = "https://schema.spdci.org/core/v1/data"
CONTEXTS = {
    "Group": "https://schema.spdci.org/extensions/social/v1/data/Group.jsonld",
    "Member": "https://schema.spdci.org/extensions/social/v1/data/Member.jsonld",
    "Beneficiary": "https://schema.spdci.org/extensions/ibr/v1/data/Beneficiary.jsonld",
}
SEXES = {"M": "male", "F": "female"}
FAMILY_UNIT = "3"  # AssistanceUnitEnum: family
ACTIVE, DECEASED, GRADUATED, SUSPENDED = "1", "2", "3", "4"  # EnrollmentStatusEnum

Row = Mapping[str, Any]


class Numbers:
    """The opened NIK and KK numbers that a system may see, by the id of their person or family."""

    def __init__(self, niks: Mapping[UUID, str], kks: Mapping[UUID, str]) -> None:
        self._niks, self._kks = niks, kks

    def of_person(self, person_id: UUID) -> list[dict[str, str]]:
        """Return a person's identifiers; UIN is what the standard calls a NIK."""
        return _identifiers("UIN", self._niks.get(person_id))

    def of_family(self, household_id: UUID) -> list[dict[str, str]]:
        """Return a family's identifiers."""
        return _identifiers("KK", self._kks.get(household_id))


def _identifiers(kind: str, value: str | None) -> list[dict[str, str]]:
    if value is None:
        return []
    return [{"@type": "Identifier", "identifier_type": kind, "identifier_value": value}]


def member(row: Row, numbers: Numbers, fields: Collection[str]) -> dict[str, Any]:
    """Return a person as a Member."""
    about: dict[str, Any] = {"@type": "SRPerson", "identifier": numbers.of_person(row["id"])}
    if "name" in fields:
        # Names here have no parts that an official could name: the whole is the given name.
        about["name"] = {"@type": "Name", "given_name": row["name"], "surname": ""}
    if "sex" in fields:
        about["sex"] = SEXES[row["sex"]]
    if "birth" in fields and row["born_on"]:
        about["birth_date"] = row["born_on"].isoformat()
    found: dict[str, Any] = {
        "@context": CONTEXTS["Member"],
        "@type": "Member",
        "@id": f"urn:uuid:{row['id']}",
        "member_identifier": numbers.of_person(row["id"]),
        "demographic_info": about,
        "registration_date": stamp(row["recorded_at"]),
        "last_updated": stamp(row["recorded_at"]),
        "additional_attributes": [{"household": f"urn:uuid:{row['household_id']}"}],
    }
    if "marital" in fields and row["marital"]:
        found["marital_status"] = row["marital"]
    if "relation" in fields:
        found["additional_attributes"].append({"relation_to_head": row["relation"]})
    if row["status"] != "alive":
        found["additional_attributes"].append({"status": row["status"]})
    return found


def group(
    row: Row, members: Sequence[Row], numbers: Numbers, fields: Collection[str]
) -> dict[str, Any]:
    """Return a family as a Group."""
    found: dict[str, Any] = {
        "@context": CONTEXTS["Group"],
        "@type": "Group",
        "@id": f"urn:uuid:{row['id']}",
        "group_identifier": numbers.of_family(row["id"]),
        "group_type": FAMILY_UNIT,
        "registration_date": stamp(row["recorded_at"]),
        "last_updated": stamp(row["updated_at"]),
    }
    if "region" in fields:
        found["place"] = {
            "@type": "Place",
            "identifier": row["region_code"],
            "name": place_of(row["region_code"]),
        }
    if "decile" in fields and row["decile"]:
        found |= {"poverty_score": int(row["decile"]), "poverty_score_type": "dtsen.decile"}
    head = next((one for one in members if one["relation"] == "head"), None)
    if head is not None:
        found["group_head_info"] = member(head, numbers, fields)
    if "members" in fields:
        found["group_size"] = sum(one["status"] == "alive" for one in members)
        found["member_list"] = [member(one, numbers, fields) for one in members]
    return found


def beneficiary(row: Row, family: Mapping[str, Any]) -> dict[str, Any]:
    """Return an enrolment as a Beneficiary; `family` is its Group."""
    changed = row["ended_at"] or row["suspended_at"]
    return {
        "@context": CONTEXTS["Beneficiary"],
        "@type": "Beneficiary",
        "@id": f"urn:uuid:{row['id']}",
        "assistance_unit": FAMILY_UNIT,
        "group": dict(family),
        "programme_identifier": [
            {
                "@type": "Programme",
                "programme_identifier": [
                    {"identifier_type": "programme", "identifier_value": row["programme_code"]}
                ],
                "programme_name": row["programme_name"],
            }
        ],
        "enrollment_date": stamp(row["enrolled_at"]),
        "enrollment_status": enrolment_status(row),
        "status_change_date": [stamp(changed)] if changed else [],
        "benefits": [],
        "additional_attributes": [
            {"cycle": row["cycle_name"]},
            {"decree_number": row["decree_number"] or ""},
        ],
    }


def enrolment_status(row: Row) -> str:
    """Return the standard's code for the state of an enrolment."""
    if row["state"] == "active":
        return ACTIVE
    if row["state"] == "suspended":
        return SUSPENDED
    return DECEASED if row["end_reason"] == "died" else GRADUATED


def enrolment(row: Row) -> dict[str, Any]:
    """Return an enrolment for the plain interface."""
    return {
        "id": row["id"],
        "programme_code": row["programme_code"],
        "cycle_id": row["cycle_id"],
        "cycle_name": row["cycle_name"],
        "state": row["state"],
        "enrolled_at": row["enrolled_at"],
        "decree_number": row["decree_number"],
        "decree_on": row["decree_on"],
    }


def family(
    row: Row, members: Sequence[Row], numbers: Numbers, fields: Collection[str]
) -> dict[str, Any]:
    """Return a family for the plain interface: what may not be seen is not there."""
    found: dict[str, Any] = {"id": row["id"], "updated_at": row["updated_at"]}
    kk = numbers.of_family(row["id"])
    if kk:
        found["kk"] = kk[0]["identifier_value"]
    if "region" in fields:
        found["region_code"] = row["region_code"]
    if "decile" in fields:
        found["decile"] = int(row["decile"]) if row["decile"] else None
    if "members" in fields:
        found["members"] = [_person(one, numbers, fields) for one in members]
    return found


def _person(row: Row, numbers: Numbers, fields: Collection[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": row["id"], "status": row["status"]}
    nik = numbers.of_person(row["id"])
    if nik:
        found["nik"] = nik[0]["identifier_value"]
    columns = {"name": "name", "sex": "sex", "birth": "born_on"}
    columns |= {"marital": "marital", "relation": "relation"}
    return found | {column: row[column] for name, column in columns.items() if name in fields}
