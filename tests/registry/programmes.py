"""A programme of a test's own, whose decisions the test makes: nobody else's families count."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from tests.registry.conftest import Registry, approver, operator, verifier
from tests.registry.files import Someone, a_village, csv_bytes
from tests.registry.lists import DECREE, verify

from common.ids import new_id

CREATE = (
    """INSERT INTO programmes (id, code, name_id, name_en, legal_basis)
       VALUES (:programme, :code, 'Program uji', 'Test programme', 'SK-UJI')""",
    """INSERT INTO benefits (id, programme_id, code, kind, name_id, name_en, quantity,
                             amount_rupiah, partner_kinds)
       VALUES (:cash, :programme, 'cash', 'cash', 'Tunai', 'Cash', 1, 1000, '{bank}'),
              (:care, :programme, 'care', 'service', 'Periksa', 'Check', 1, 0, '{clinic}')""",
    """INSERT INTO criteria_versions (id, programme_id, version, decree_number, decree_on,
           valid_from, fact_age_days_max, drafted_by, drafted_by_name)
       VALUES (:version, :programme, 1, 'SK-UJI', '2026-01-01', '2026-01-01', 400, 'a', 'A')""",
    """INSERT INTO findings (criteria_version_id, inputs, inputs_hash, outcomes, outcome)
       SELECT :version, '{}'::jsonb, convert_to(o, 'UTF8'), '[]'::jsonb, o
       FROM unnest(ARRAY['eligible', 'ineligible', 'needs_review']) o""",
)
ADD_CYCLE = """
    INSERT INTO cycles (id, programme_id, name, opens_on, closes_on, budget_rupiah)
    VALUES (:id, :programme, :name, :opens_on, CAST(:opens_on AS date) + 180, 1000000000)
"""
DECIDE = """
    WITH made AS (
        INSERT INTO decisions (household_id, region_code, cycle_id, findings_id, outcome, fact_ids,
                               roster_load_ids, supersedes_id)
        SELECT h.id, h.region_code, :cycle, f.id, :outcome, '{}', '{}', c.decision_id
        FROM households h
        JOIN findings f ON f.criteria_version_id = :version AND f.outcome = :outcome
        LEFT JOIN current_decisions c ON c.cycle_id = :cycle AND c.household_id = h.id
        WHERE h.id = ANY(:households)
        RETURNING id, household_id, region_code, outcome)
    INSERT INTO current_decisions (cycle_id, household_id, decision_id, region_code, outcome)
    SELECT :cycle, household_id, id, region_code, outcome FROM made
    ON CONFLICT (cycle_id, household_id) DO UPDATE
    SET decision_id = excluded.decision_id, outcome = excluded.outcome
"""


@dataclass
class Programme:
    """A programme with a cycle, and the steps of a list in one call each."""

    registry: Registry
    id: UUID = field(default_factory=new_id)
    cash: UUID = field(default_factory=new_id)
    care: UUID = field(default_factory=new_id)
    version: UUID = field(default_factory=new_id)
    cycle: UUID = field(default_factory=new_id)

    async def families(self, count: int) -> tuple[str, list[UUID]]:
        """Families of a village of their own, without any decision here yet."""
        village = a_village()
        letters = [f"{chr(65 + at % 26)}{chr(65 + at // 26)}" for at in range(count)]
        people = [Someone(name=f"KEPALA {one}") for one in letters]
        await self.registry.committed(csv_bytes(people), region=village)
        found = await self.registry.rows(
            "SELECT id FROM households WHERE region_code = :v ORDER BY id", v=village
        )
        return village, [row.id for row in found]

    async def new_cycle(self, opens_on: str) -> UUID:
        cycle_id = new_id()
        named = {"id": cycle_id, "programme": self.id, "name": str(cycle_id)}
        await self.run(ADD_CYCLE, **named, opens_on=date.fromisoformat(opens_on))
        return cycle_id

    async def decide(self, households: list[UUID], outcome: str, cycle: UUID | None = None) -> None:
        await self.run(
            DECIDE,
            cycle=cycle or self.cycle,
            outcome=outcome,
            version=self.version,
            households=households,
        )

    async def run(self, sql: str, **values: Any) -> None:
        async with self.registry.engine.begin() as tx:
            await tx.execute(text(sql), values)

    async def proposed(
        self, village: str, *, base: UUID | None = None, cycle: UUID | None = None
    ) -> dict[str, Any]:
        list_id = str(new_id())
        body = {
            "id": list_id,
            "cycle_id": str(cycle or self.cycle),
            "region_code": village,
            "base_cycle_id": str(base) if base else None,
        }
        answer = await self.registry.client.post("/v1/lists", json=body, headers=operator())
        assert answer.status_code == 201, answer.text
        await self.registry.do_jobs()
        return await self.list_of(list_id)

    async def verified(self, village: str, **which: Any) -> dict[str, Any]:
        one = await self.proposed(village, **which)
        answer = await verify(self.registry, one["id"])
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def approved(self, village: str, **which: Any) -> dict[str, Any]:
        one = await self.verified(village, **which)
        answer = await self.approve(one)
        assert answer.status_code == 202, answer.text
        if answer.json()["state"] == "awaiting_second":
            second = await self.second(one)
            assert second.status_code == 202, second.text
        await self.registry.do_jobs()
        return await self.list_of(one["id"])

    async def approve(self, one: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        body = {**DECREE, "content_hash": one["content_hash"]}
        path = f"/v1/lists/{one['id']}/approval"
        return await self.registry.client.post(path, json=body, headers=headers or approver())

    async def second(self, one: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        body = {"content_hash": one["content_hash"]}
        path = f"/v1/lists/{one['id']}/second-approval"
        return await self.registry.client.post(path, json=body, headers=headers or approver())

    async def list_of(self, list_id: str) -> dict[str, Any]:
        answer = await self.registry.client.get(f"/v1/lists/{list_id}", headers=verifier())
        found: dict[str, Any] = answer.json()
        return found

    async def members(self, list_id: str) -> dict[str, str]:
        """The side of each family on a list."""
        path = f"/v1/lists/{list_id}/members"
        answer = await self.registry.client.get(path, headers=verifier())
        return {row["household_id"]: row["action"] for row in answer.json()["members"]}

    async def state_of(self, household: UUID, cycle: UUID | None = None) -> str | None:
        asked = "SELECT state FROM enrolments WHERE household_id = :h AND cycle_id = :c"
        found: str | None = await self.registry.value(asked, h=household, c=cycle or self.cycle)
        return found


async def a_programme(registry: Registry) -> Programme:
    """Write a programme with one cycle."""
    made = Programme(registry)
    ids = {
        "programme": made.id,
        "cash": made.cash,
        "care": made.care,
        "version": made.version,
        "code": f"uji_{made.id.hex[-12:]}",
    }
    async with registry.engine.begin() as tx:
        for statement in CREATE:
            wanted = {key: value for key, value in ids.items() if f":{key}" in statement}
            await tx.execute(text(statement), wanted)
    made.cycle = await made.new_cycle("2026-10-01")
    return made
