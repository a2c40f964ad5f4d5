"""What the plain interface takes and gives, with examples; no number in them is anybody's."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from common.problems import Refused

LIMIT = 100
LIMIT_MAX = 200
Number = Annotated[str, Field(pattern=r"^\d{16}$", description="16 digits; never in an address")]

_ENROLMENT = {
    "id": "01930000-0000-7000-8000-00000000e001",
    "programme_code": "khbs_pangan_tunai",
    "cycle_id": "01930000-0000-7000-8000-000000000121",
    "cycle_name": "Tahap 1 2026",
    "state": "active",
    "enrolled_at": "2026-03-02T02:10:00Z",
    "decree_number": "SK-CONTOH/2026",
    "decree_on": "2026-03-01",
}
_FAMILY = {
    "id": "01930000-0000-7000-8000-00000000f001",
    "updated_at": "2026-02-20T01:00:00Z",
    "kk": "6203990101180001",
    "region_code": "62.03.01.1006",
    "decile": 2,
    "members": [
        {
            "id": "01930000-0000-7000-8000-00000000a001",
            "status": "alive",
            "nik": "6203994505800001",
            "name": "SITI CONTOH",
            "sex": "F",
            "born_on": "1980-05-05",
            "marital": "married",
            "relation": "head",
        }
    ],
    "enrolments": [_ENROLMENT],
}


def _examples(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})


class OneNumber(BaseModel):
    """A NIK or a KK number, in the body of a request and never in its address."""

    nik: Number | None = None
    kk: Number | None = None

    @model_validator(mode="after")
    def has_one(self) -> "OneNumber":
        """Refuse none and both; raises Refused one_number_needed."""
        if (self.nik is None) == (self.kk is None):
            raise Refused("one_number_needed")
        return self

    @property
    def asked(self) -> tuple[str, str]:
        """Return which kind of number it is, and the number."""
        return ("nik", self.nik) if self.nik is not None else ("kk", self.kk or "")


class FamilyQuestion(OneNumber):
    model_config = _examples({"nik": "6203994505800001"}, {"kk": "6203990101180001"})


class EnrolmentQuestion(OneNumber):
    model_config = _examples(
        {"nik": "6203994505800001", "programme_code": "khbs_pangan_tunai"},
        {"kk": "6203990101180001", "cycle_id": "01930000-0000-7000-8000-000000000121"},
    )

    programme_code: str = Field(default="", max_length=64)
    cycle_id: UUID | None = None


class Enrolment(BaseModel):
    model_config = _examples(_ENROLMENT)

    id: UUID
    programme_code: str
    cycle_id: UUID
    cycle_name: str
    state: str
    enrolled_at: datetime
    decree_number: str | None = None
    decree_on: date | None = None


class Member(BaseModel):
    """A person; a field that your agreement does not name is not there."""

    id: UUID
    status: str
    nik: str | None = None
    name: str | None = None
    sex: str | None = None
    born_on: date | None = None
    marital: str | None = None
    relation: str | None = None


class Family(BaseModel):
    """A family; a field that your agreement does not name is not there."""

    model_config = _examples(_FAMILY)

    id: UUID
    updated_at: datetime
    kk: str | None = None
    region_code: str | None = None
    decile: int | None = None
    members: list[Member] | None = None
    enrolments: list[Enrolment] | None = None


class FamilyPage(BaseModel):
    model_config = _examples({"households": [_FAMILY], "next_cursor": "AZMAAAAAcACAAAAAAADwAQ"})

    households: list[Family]
    next_cursor: str | None = Field(
        description="Give it as cursor for the next page; null at the end"
    )


class FoundFamilies(BaseModel):
    model_config = _examples({"households": [_FAMILY]}, {"households": []})

    households: list[Family]


class EnrolmentAnswer(BaseModel):
    model_config = _examples(
        {"enrolled": True, "enrolments": [_ENROLMENT]}, {"enrolled": False, "enrolments": []}
    )

    enrolled: bool
    enrolments: list[Enrolment]
