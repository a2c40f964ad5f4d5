"""Lists on their way, as far as a test needs them."""

from typing import Any

import httpx2 as httpx
from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.files import Someone, a_village, csv_bytes

from common.clock import utc_now
from common.ids import new_id
from common.web.formats import in_wib

DECREE = {"decree_number": "SK-CONTOH/2026", "decree_on": "2026-03-01"}


REASON = "Dikunjungi petugas, sesuai kriteria"


async def ready_village(registry: Registry, cycle_id: str, families: int = 3) -> str:
    """A village whose families a person found eligible."""
    village = a_village()
    people = [
        Someone(name=f"KEPALA {letter}") for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[:families]
    ]
    await registry.committed(csv_bytes(people), region=village)
    rows = await registry.rows(
        "SELECT household_id FROM current_decisions WHERE region_code = :v", v=village
    )
    body = {
        "household_ids": [str(row.household_id) for row in rows],
        "outcome": "eligible",
        "reason": REASON,
    }
    answer = await registry.client.post(
        f"/v1/cycles/{cycle_id}/reviews", json=body, headers=verifier()
    )
    assert answer.status_code == 200, answer.text
    return village


async def propose(
    registry: Registry, cycle_id: str, village: str, headers: dict[str, str] | None = None
) -> Any:
    body = {"id": str(new_id()), "cycle_id": cycle_id, "region_code": village}
    answer = await registry.client.post(
        "/v1/lists", json=body, headers=headers or operator(village)
    )
    await registry.do_jobs()
    return answer


async def visit_sample(
    registry: Registry, list_id: str, headers: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """Draw a list's sample and find each of its families as recorded."""
    headers = headers or verifier()
    drawn = await registry.client.post(f"/v1/lists/{list_id}/sample", headers=headers)
    assert drawn.status_code == 201, drawn.text
    families: list[dict[str, Any]] = drawn.json()["families"]
    for family in families:
        answer = await visit(registry, list_id, family, headers=headers)
        assert answer.status_code == 201, answer.text
    return families


async def visit(
    registry: Registry, list_id: str, family: dict[str, Any], **changes: Any
) -> httpx.Response:
    headers = changes.pop("headers", None) or verifier()
    body = {
        "id": str(new_id()),
        "household_id": family["household_id"],
        "visited_on": in_wib(utc_now()).date().isoformat(),
        "place_code": family["region_code"],
        "finding": "as_recorded",
        **changes,
    }
    return await registry.client.post(f"/v1/lists/{list_id}/visits", json=body, headers=headers)


async def verify(
    registry: Registry, list_id: str, headers: dict[str, str] | None = None
) -> httpx.Response:
    """Visit the sample, and verify the list."""
    headers = headers or verifier()
    await visit_sample(registry, list_id, headers)
    return await registry.client.post(f"/v1/lists/{list_id}/verification", headers=headers)


async def verified_list(registry: Registry, cycle_id: str, families: int = 3) -> dict[str, Any]:
    village = await ready_village(registry, cycle_id, families)
    proposed = await propose(registry, cycle_id, village)
    answer = await verify(registry, proposed.json()["id"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def approve(registry: Registry, one: dict[str, Any], **changes: Any) -> Any:
    headers = changes.pop("headers", None) or approver()
    body = {**DECREE, "content_hash": one["content_hash"], **changes}
    return await registry.client.post(f"/v1/lists/{one['id']}/approval", json=body, headers=headers)


async def state_of(registry: Registry, list_id: str) -> str:
    answer = await registry.client.get(f"/v1/lists/{list_id}", headers=approver())
    return str(answer.json()["state"])
