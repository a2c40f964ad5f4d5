"""People, officers and requests for the tests about personal data."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2 as httpx
from tests.clients import bearer
from tests.registry.conftest import Registry, operator
from tests.registry.files import Someone, a_kk, a_village, csv_bytes

from common.clock import utc_now
from common.ids import new_id
from registry.privacy.rules import WIB

REASON = "Diperiksa dengan KTP asli."


def officer(subject: str = "pelindung") -> dict[str, str]:
    return bearer("protection_officer", regions=("62",), subject=subject)


@dataclass
class Family:
    """A family of two on one card, as the registry has it."""

    village: str
    household: str
    head: Someone
    child: Someone
    head_id: str
    child_id: str


async def a_family(registry: Registry, name: str = "NORMA KAMELOH") -> Family:
    village, kk = a_village(), a_kk()
    head = Someone(name=name, kk=kk)
    child = Someone(name="ANAK RAHASIA", kk=kk, born="2015-02-03", relation="4")
    await registry.committed(csv_bytes([head, child]), region=village)
    found = await registry.client.post(
        "/v1/households/search", json={"number": kk}, headers=operator(village)
    )
    household = found.json()["households"][0]["id"]
    people = {
        row.name: str(row.id)
        for row in await registry.rows(
            "SELECT name, id FROM persons WHERE household_id = :h", h=household
        )
    }
    return Family(village, household, head, child, people[name], people["ANAK RAHASIA"])


async def ask(
    registry: Registry,
    family: Family,
    kind: str,
    *,
    person: str = "",
    hours_ago: float = 0,
    **more: Any,
) -> str:
    """Record a request at the counter; its id."""
    answer = await asked(registry, family, kind, person=person, hours_ago=hours_ago, **more)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rsplit("/", 1)[1]


async def asked(
    registry: Registry,
    family: Family,
    kind: str,
    *,
    person: str = "",
    hours_ago: float = 0,
    **more: Any,
) -> httpx.Response:
    received = (utc_now() - timedelta(hours=hours_ago)).astimezone(WIB)
    form = {
        "id": str(new_id()), "household_id": family.household, "kind": kind,
        "person_id": person or family.head_id, "requester": "Norma", "requester_role": "self",
        "identity_seen": "ktp", "wish": "Saya minta dilayani",
        "received_on": received.date().isoformat(), "received_time": received.strftime("%H:%M"),
        **more,
    }  # fmt: skip
    return await registry.client.post("/personal-data/requests", data=form, headers=officer())


async def answered(
    registry: Registry, request: str, outcome: str = "done", reason: str = REASON
) -> httpx.Response:
    return await registry.client.post(
        f"/personal-data/requests/{request}/answer",
        data={"outcome": outcome, "reason": reason},
        headers=officer(),
    )


async def decided(
    registry: Registry, request: str, outcome: str = "done", *, subject: str = "pemutus"
) -> httpx.Response:
    return await registry.client.post(
        f"/personal-data/decisions/{request}",
        data={"outcome": outcome, "reason": REASON},
        headers=bearer("regency_verifier", regions=("62",), subject=subject),
    )
