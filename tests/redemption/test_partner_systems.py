"""Partners' own systems: the same interface with client credentials, and examples that are true."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2 as httpx
import jsonschema
import pytest
from tests.clients import bearer
from tests.redemption.a_partner import a_partner
from tests.redemption.world import World, a_benefit, an_operator, body_of

from common.card_token import parse_card_number
from common.ids import new_id
from redemption.partners import openapi_examples as examples
from redemption.redeeming.lines import receipt_number
from redemption.redeeming.schemas import CardCheck, CardCheckRequest, Receipt, RedemptionRequest

PATHS = {"/v1/card-checks": "200", "/v1/redemptions": "201"}


def a_system(partner_id: UUID, name: str = "khbs-system-1") -> dict[str, str]:
    """The header of a partner's system, as the issuer's client credentials give it."""
    return bearer(
        "integrator",
        partner_id=partner_id,
        regions=(),
        subject=name,
        name="Sistem informasi sekolah",
        khbs_client=True,
        client_id=name,
    )


@pytest.fixture
async def described(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/openapi.json")).json()
    return found


@pytest.mark.parametrize("path", sorted(PATHS))
@pytest.mark.parametrize("who", ["clinic", "school"])
def test_the_examples_of_a_clinic_and_a_school_fit_the_schema(
    described: dict[str, Any], path: str, who: str
):
    post = described["paths"][path]["post"]
    for part in (post["requestBody"], post["responses"][PATHS[path]]):
        content = part["content"]["application/json"]
        schema = {**content["schema"], "components": described["components"]}
        kind = jsonschema.Draft202012Validator
        kind(schema, format_checker=kind.FORMAT_CHECKER).validate(content["examples"][who]["value"])


def test_the_description_says_where_a_partners_system_gets_its_token(
    described: dict[str, Any], world: World
):
    scheme = described["components"]["securitySchemes"]["issuer"]
    assert scheme["openIdConnectUrl"].startswith(world.settings.issuer)
    assert "client_credentials" in described["info"]["description"]
    assert all(described["paths"][path]["post"]["security"] == [{"issuer": []}] for path in PATHS)


def test_the_examples_are_what_the_service_itself_would_take_and_say():
    for who in ("clinic", "school"):
        asked = CardCheckRequest.model_validate(examples.CHECK_REQUESTS[who]["value"])
        checked = CardCheck.model_validate(examples.CHECK_ANSWERS[who]["value"])
        wanted = RedemptionRequest.model_validate(examples.REDEEM_REQUESTS[who]["value"])
        receipt = Receipt.model_validate(examples.REDEEM_ANSWERS[who]["value"])
        assert parse_card_number(asked.card)
        assert asked.card == wanted.card == checked.card_number
        assert receipt.receipt_number == receipt_number(wanted.id)
        right = checked.benefits[0]
        assert wanted.entitlement_id in (None, right.entitlement_id)
        assert wanted.subject_id in (None, right.subject_id)
        assert receipt.remaining_quantity == right.remaining_quantity - 1


async def test_a_refusal_in_the_examples_is_said_as_the_service_says_it(
    client: httpx.AsyncClient, world: World
):
    family, approved = await world.a_family(a_benefit(partner_kinds=("school",)))
    partner_id = await a_partner(client, benefit_codes=["SEKOLAH"])
    answer = await client.post(
        "/v1/redemptions", json=body_of(family, approved), headers=a_system(partner_id)
    )
    told = examples.REFUSED["not_in_partner_contract"]["value"]
    assert {**answer.json(), "request_id": told["request_id"]} == told
    assert answer.headers["content-type"] == examples.PROBLEM


async def test_a_partners_system_checks_redeems_and_draws_up_its_statement(
    client: httpx.AsyncClient, world: World
):
    partner_id = await a_partner(client)
    family, _ = await world.a_family(a_benefit(partner_kinds=("school",)))
    system = a_system(partner_id)
    checked = await client.post("/v1/card-checks", json={"card": family.token}, headers=system)
    right = checked.json()["benefits"][0]
    assert right["can_be_given"]
    body = {
        "id": str(new_id()),
        "card": family.number,
        "entitlement_id": right["entitlement_id"],
        "holder_check": "name_compared",
    }
    made = [await client.post("/v1/redemptions", json=body, headers=system) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].json() == made[1].json()
    read = await client.get(f"/v1/redemptions/{body['id']}", headers=system)
    assert read.json()["partner_id"] == str(partner_id)
    today = datetime.now(UTC).date()
    period = {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=1))}
    own = {"partner": str(partner_id), **period}
    statement = await client.get("/v1/statements", params=own, headers=system)
    assert statement.status_code == 200
    assert body["id"] in statement.text or receipt_number(UUID(body["id"])) in statement.text
    other = {"partner": str(await a_partner(client)), **period}
    refused = await client.get("/v1/statements", params=other, headers=system)
    assert refused.json()["code"] == "another_partner"


async def test_a_partners_system_undoes_what_somebody_else_of_the_partner_gave_and_not_its_own(
    client: httpx.AsyncClient, world: World
):
    partner_id = await a_partner(client)
    system, wish = a_system(partner_id), {"reason": "Salah pilih siswa"}
    lines = []
    for who in (system, an_operator(partner_id)):
        family, approved = await world.a_family(a_benefit(partner_kinds=("school",)))
        body = body_of(family, approved)
        assert (await client.post("/v1/redemptions", json=body, headers=who)).status_code == 201
        lines.append(body["id"])
    answers = [
        await client.post(
            f"/v1/redemptions/{line}/reversals", json={**wish, "id": str(new_id())}, headers=system
        )
        for line in lines
    ]
    assert answers[0].json()["code"] == "same_person"
    assert answers[1].status_code == 201
    # Another partner's line does not exist for it.
    stranger = a_system(await a_partner(client))
    path = f"/v1/redemptions/{lines[0]}/reversals"
    unseen = await client.post(path, json={**wish, "id": str(new_id())}, headers=stranger)
    assert unseen.status_code == 404


async def test_a_system_of_no_partner_gets_nothing(client: httpx.AsyncClient, world: World):
    family, approved = await world.a_family()
    lost = bearer("integrator", regions=(), khbs_client=True)
    answer = await client.post("/v1/redemptions", json=body_of(family, approved), headers=lost)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")
