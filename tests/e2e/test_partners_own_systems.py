"""The examples of the interface for partners' own systems, sent to the demonstration as they stand.

A card of the demonstration takes the place of the example's, and what the check answers for it that
of the person's and the right's ids; everything else is what `/openapi.json` says.
"""

import re
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
import pytest
from tests.e2e.commands import run
from tests.e2e.desk_steps import choose_pin
from tests.e2e.people import Person, Town
from tests.e2e.waiting import until

from common.card_token import parse_card_number
from common.demo import PARTNER_CLINIC_ID, PARTNER_SCHOOL_ID
from common.ids import new_id
from local.stack import Stack

CHECKS, REDEMPTIONS = "/v1/card-checks", "/v1/redemptions"
JSON = "application/json"
SECRET = re.compile(r"khbs_[\w-]{20,}")
# Of each example: the partner, the ready-made operator there, and a word of the benefit's name.
SCHOOL = ("school", PARTNER_SCHOOL_ID, "guru", "sekolah")
CLINIC = ("clinic", PARTNER_CLINIC_ID, "perawat", "balita")


@dataclass(frozen=True)
class System:
    """A partner's own system with its token, and the examples made for its kind."""

    examples: dict[str, dict[str, Any]]
    http: httpx.Client

    def sends(self, path: str, **instead: str) -> tuple[httpx.Response, dict[str, Any]]:
        """Send the example of a path, some ids replaced; the answer, and the example's."""
        example = self.examples[path]
        return self.http.post(path, json={**example["asks"], **instead}), example["answer"]


@pytest.fixture(scope="module")
def described(town: Town) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{town.url('redemption')}/openapi.json").json()
    return found


def token_of(admin: Person, described: dict[str, Any], kind: str, partner_id: object) -> str:
    """How a partner's system comes to its token: an id and a secret of an administrator, once."""
    form = admin.call("GET", "registry", "/accounts/systems/new").text
    client_id = re.findall(r'name="client_id" value="([^"]+)"', form)[0]
    wanted = {"client_id": client_id, "name": f"Sistem {kind}", "partner": str(partner_id)}
    shown = admin.call("POST", "registry", "/accounts/systems", data=wanted)
    client = (client_id, SECRET.findall(shown.text)[0])
    scheme = described["components"]["securitySchemes"]["issuer"]
    token_endpoint = httpx.get(scheme["openIdConnectUrl"]).json()["token_endpoint"]
    answer = httpx.post(token_endpoint, data={"grant_type": "client_credentials"}, auth=client)
    return str(answer.json()["access_token"])


def examples_for(kind: str, described: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What is asked and answered, by path."""
    found = {}
    for path, status in ((CHECKS, "200"), (REDEMPTIONS, "201")):
        post = described["paths"][path]["post"]
        asks, answer = (
            part["content"][JSON]["examples"][kind]["value"]
            for part in (post["requestBody"], post["responses"][status])
        )
        found[path] = {"asks": asks, "answer": answer}
    return found


@pytest.fixture(scope="module")
def cards(stack: Stack) -> str:
    """What the command says of cards that can be tried, a line for each login and benefit."""
    done = run(stack, "redemption", "redemption.cli", "demo-cards")
    assert done.returncode == 0, done.stderr
    return done.stdout


def number_for(cards: str, user: str, benefit: str) -> str:
    (line,) = (one for one in cards.splitlines() if one.startswith(user) and benefit in one)
    return line.split()[-1]


def same_form(found: dict[str, Any], example: dict[str, Any], *fields: str) -> None:
    """Expect what an example has, and the very values of some fields."""
    assert found.keys() == example.keys()
    assert {name: found[name] for name in fields} == {name: example[name] for name in fields}


@pytest.mark.parametrize("who", [SCHOOL, CLINIC], ids=["school", "clinic"])
def test_the_examples_work_on_the_demonstration(
    who: tuple[str, object, str, str],
    town: Town,
    people: dict[str, Person],
    described: dict[str, Any],
    cards: str,
):
    kind, partner_id, user, benefit = who
    token = token_of(people["admin"], described, kind, partner_id)
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=town.url("redemption"), headers=headers, timeout=30) as http:
        system = System(examples_for(kind, described), http)
        works(system, people["kartu"], number_for(cards, user, benefit))


def works(system: System, desk: Person, number: str) -> None:
    """Send the examples for this card and compare what comes back with what they say."""
    wanted = system.examples[REDEMPTIONS]["asks"]
    if "pin" in wanted:
        choose_pin(desk, parse_card_number(number), wanted["pin"])
        until(lambda: system.sends(CHECKS, card=number)[0].json()["pin"] == "set", "the PIN")
    checked, example = system.sends(CHECKS, card=number)
    same_form(checked.json(), example, "is_valid", "why_not", "pin")
    (told,) = example["benefits"]
    right = next(
        one for one in checked.json()["benefits"] if one["benefit_id"] == told["benefit_id"]
    )
    same_form(
        right, told, "cycle_id", "kind", "subject", "name_id", "name_en", "unit_rupiah",
        "remaining_quantity", "can_be_given",
    )  # fmt: skip
    own = {name: right[name] for name in ("entitlement_id", "subject_id") if name in wanted}
    act = {"id": str(new_id()), "card": number, **own}
    given, receipt = system.sends(REDEMPTIONS, **act)
    assert given.status_code == 201, given.text
    same_form(
        given.json(), receipt, "partner_id", "partner_name", "benefit_name_id", "quantity",
        "amount_rupiah", "remaining_quantity", "remaining_rupiah",
    )  # fmt: skip
    assert system.sends(REDEMPTIONS, **act)[0].json() == given.json()
