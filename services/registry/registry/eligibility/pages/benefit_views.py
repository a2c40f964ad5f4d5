"""The page that adds a benefit to a programme."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.pages import render
from registry.eligibility import criteria
from registry.eligibility.add_benefit import AGE_MAX, PARTNER_KINDS, NewBenefit, add_benefit
from registry.eligibility.pages.benefit_words import BENEFIT_WORDS
from registry.people.rules import RELATIONS

router = new_router(include_in_schema=False)
Manager = Annotated[Principal, Depends(require("programmes.manage"))]
CODE = "^[a-z][a-z0-9_]{1,40}$"
NAME_MAX, GOODS_MAX, QUANTITY_MAX, RUPIAH_MAX = 100, 300, 1000, 10**10
AgeTyped = Annotated[str, Field(pattern=r"^\d{0,3}$")]
Several = Annotated[list[str], Field(max_length=20)]


class BenefitForm(BaseModel):
    """What a person typed about a new benefit."""

    model_config = ConfigDict(extra="ignore")

    id: UUID
    benefit_code: str = Field(pattern=CODE)
    kind: Literal["parcel", "cash", "balance", "fee", "service"]
    name_id: str = Field(min_length=3, max_length=NAME_MAX)
    name_en: str = Field(min_length=3, max_length=NAME_MAX)
    quantity: int = Field(ge=1, le=QUANTITY_MAX)
    amount_rupiah: int = Field(ge=0, le=RUPIAH_MAX)
    subject: Literal["household", "person"]
    partner_kinds: Several = []
    relations: Several = []
    age_from: AgeTyped = ""
    age_to: AgeTyped = ""
    ages_on: str = Field(default="", max_length=10)
    goods_categories: str = Field(default="", max_length=GOODS_MAX)

    def wanted(self) -> NewBenefit:
        """Return it for the rules; raises Refused."""
        return NewBenefit(
            code=self.benefit_code,
            kind=self.kind,
            name_id=" ".join(self.name_id.split()),
            name_en=" ".join(self.name_en.split()),
            quantity=self.quantity,
            amount_rupiah=self.amount_rupiah,
            partner_kinds=_known(self.partner_kinds, PARTNER_KINDS),
            subject=self.subject,
            age_from=_age(self.age_from),
            age_to=_age(self.age_to),
            ages_on=_day(self.ages_on),
            relations=_known(self.relations, RELATIONS),
            goods_categories=_words(self.goods_categories),
        )


@router.get("/programmes/{code}/benefits/new")
async def get_new_benefit(
    code: str, request: Request, caller: Manager, tx: Transaction
) -> HTMLResponse:
    """Show the form of a new benefit."""
    del caller
    programme = await criteria.programme_called(tx, code)
    return render(
        request,
        "eligibility/benefit_form.html",
        programme=programme,
        benefit_id=new_id(),
        **BENEFIT_WORDS,
    )


@router.post("/programmes/{code}/benefits")
async def post_benefit(
    code: str, caller: Manager, tx: Transaction, typed: Annotated[BenefitForm, Form()]
) -> Response:
    """Add a benefit."""
    await add_benefit(tx, caller, code, typed.id, typed.wanted())
    return RedirectResponse(f"/programmes/{code}", status_code=303)


def _known(chosen: list[str], known: tuple[str, ...]) -> list[str]:
    if set(chosen) - set(known):
        raise Refused("invalid_input")
    return sorted(set(chosen))


def _age(typed: str) -> int | None:
    if typed and int(typed) > AGE_MAX:
        raise Refused("benefit_ages_wrong")
    return int(typed) if typed else None


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Refused("invalid_input") from None


def _words(typed: str) -> list[str]:
    """Return kinds of goods that were typed with commas between, each once, in small letters."""
    return sorted({" ".join(one.split()).lower() for one in typed.split(",") if one.strip()})
