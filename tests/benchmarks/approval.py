"""From the commit of an approval to a card that can be redeemed, on the whole stack.

The demonstration's proposed list (the small province) is judged, verified and approved by its
people over HTTP; then the redemption database is watched until each family has card and right.
"""

import asyncio
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from tests.benchmarks import Report
from tests.e2e.people import Person, Town

from local.stack import Stack

LOOK_EVERY_S = 0.01
WITHIN_S = 120
REASON = "Diperiksa untuk pengukuran."
REDEEMABLE = """
    SELECT count(DISTINCT m.household_id) FROM enrolments m
    JOIN cards c USING (household_id) JOIN entitlements e USING (household_id)
    WHERE m.list_id = $1
"""


def measure(report: Report) -> None:
    """Measure approval_to_first_redeemable_s and approval_to_all_redeemable_s."""
    with tempfile.TemporaryDirectory(prefix="khbs-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        stack = Stack.at(Path(folder), prefer_known_ports=False)
        try:
            stack.up(show=lambda _: None)
            found = next(stack.folder.path.rglob("manifest.json"), None) or next(
                Path(stack.state["data"]).rglob("manifest.json")
            )
            village = json.loads(found.read_text())["demo"]["empty_village"]
            _measure(stack, Town(stack.state, village), report)
        finally:
            stack.reset()


def _measure(stack: Stack, town: Town, report: Report) -> None:
    people = {user: town.person(user) for user in ("verifikator", "penyetuju")}
    try:
        waiting = _verified(people["verifikator"])
        approve = _approval(people["penyetuju"], waiting)
        admin = str(stack.state["database_admin_url"]).rsplit("/", 1)[0]
        first_s, all_s, families = asyncio.run(_watch(admin, waiting, approve))
    finally:
        for person in people.values():
            person.http.close()
    report.figures["approval_to_first_redeemable_s"] = round(first_s, 3)
    report.figures["approval_to_all_redeemable_s"] = round(all_s, 3)
    report.sizes["approval_families"] = families


def _verified(verifier: Person) -> str:
    """Judge and verify the proposed list; its id."""
    lists = verifier.get("registry", "/v1/lists")["lists"]
    proposed = next(one for one in lists if one["state"] == "proposed")
    one = verifier.get("registry", f"/v1/lists/{proposed['id']}")
    members = verifier.get("registry", f"/v1/lists/{one['id']}/members", outcome="needs_review")
    unsure = [member["household_id"] for member in members["members"]]
    if unsure:
        review = {"household_ids": unsure, "outcome": "eligible", "reason": REASON}
        verifier.post("registry", f"/v1/cycles/{one['cycle_id']}/reviews", review)
    verifier.visit_sample(one["id"])
    verifier.post("registry", f"/v1/lists/{one['id']}/verification")
    return str(one["id"])


def _approval(approver: Person, list_id: str) -> Any:
    shown = approver.get("registry", f"/v1/lists/{list_id}")
    body = {
        "decree_number": "SK-UKUR/1",
        "decree_on": datetime.now(UTC).date().isoformat(),
        "content_hash": shown["content_hash"],
    }
    return lambda: approver.post("registry", f"/v1/lists/{list_id}/approval", body, wants=202)


async def _watch(admin: str, list_id: str, approve: Any) -> tuple[float, float, int]:
    """Approve, and return seconds from its commit to the first and to all, and how many."""
    redemption = await asyncpg.connect(f"{admin}/redemption")
    registry = await asyncpg.connect(f"{admin}/registry")
    try:
        await asyncio.to_thread(approve)
        async with asyncio.timeout(WITHIN_S):
            first = await _reached(redemption, list_id, 1)
            row = await registry.fetchrow(
                "SELECT approved_at, subjects FROM beneficiary_lists WHERE id = $1", list_id
            )
            done = await _reached(redemption, list_id, row["subjects"])
        start = row["approved_at"]
        return (first - start).total_seconds(), (done - start).total_seconds(), row["subjects"]
    finally:
        await redemption.close()
        await registry.close()


async def _reached(redemption: Any, list_id: str, wanted: int) -> datetime:
    # Another process writes what is waited for: there is nothing here that could be told of it.
    while await redemption.fetchval(REDEEMABLE, list_id) < wanted:  # noqa: ASYNC110
        await asyncio.sleep(LOOK_EVERY_S)
    return datetime.now(UTC)
