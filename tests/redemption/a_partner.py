"""Builders of partners: what is agreed with one, put forward and activated by two people."""

from typing import Any
from uuid import UUID

import httpx2 as httpx
from tests.clients import bearer

from common.ids import new_id


def terms(**changes: Any) -> dict[str, Any]:
    """What is agreed with a school that serves the whole province."""
    return {
        "name": "SMP Negeri Uji 3",
        "kind": "school",
        "address": "Jl. Melati 3, Sampit",
        "outside_code": "30200042",
        "region_codes": ["62"],
        "benefit_codes": [],
        "contract_from": "2026-01-01",
        "contract_until": "2099-12-31",
        "hours": [{"weekday": 1, "opens_at": "07:00", "closes_at": "15:00"}],
        **changes,
    }


def an_administrator(**options: Any) -> dict[str, str]:
    return bearer("administrator", **options)


def a_decider(**options: Any) -> dict[str, str]:
    return bearer("finance", **options)


async def put_forward(
    client: httpx.AsyncClient, *, by: dict[str, str] | None = None, **changes: Any
) -> dict[str, Any]:
    """A partner that nobody has activated yet."""
    body = {"id": str(new_id()), "change_id": str(new_id()), "terms": terms(**changes)}
    answer = await client.post("/v1/partners", json=body, headers=by or an_administrator())
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def decided(
    client: httpx.AsyncClient, partner: dict[str, Any], *, by: dict[str, str] | None = None,
    **body: Any,
) -> httpx.Response:  # fmt: skip
    """The answer to a decision of what waits first."""
    change = partner["waiting"][0]["id"]
    given = {"is_approved": True, **body}
    return await client.post(
        f"/v1/partner-changes/{change}/decision", json=given, headers=by or a_decider()
    )


async def a_partner(client: httpx.AsyncClient, **changes: Any) -> UUID:
    """A partner that two people have made active."""
    partner = await put_forward(client, **changes)
    answer = await decided(client, partner)
    assert answer.status_code == 200, answer.text
    return UUID(partner["id"])
