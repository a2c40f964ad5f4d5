"""The registry in the test's own process: its API, its jobs done on demand, its database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.clients import bearer, serving, settings_values

from common.clock import utc_now
from common.database import new_engine
from common.ids import new_id
from registry.app import create_app
from registry.eligibility.demo import CYCLE_ID, put_demo_programme
from registry.jobs.run import run_next
from registry.people.prepare import put_regions
from registry.settings import Settings
from registry.worker import import_works, list_works


@dataclass
class Registry:
    """What a test needs of the service."""

    client: httpx.AsyncClient
    engine: AsyncEngine
    settings: Settings

    async def do_jobs(self) -> int:
        """Do every waiting job, as the worker would; return how many there were."""
        done = 0
        works = {**import_works(self.settings), **list_works(self.settings)}
        while await run_next(self.engine, works):
            done += 1
        return done

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(text(sql), values)).all())

    async def value(self, sql: str, **values: Any) -> Any:
        async with self.engine.connect() as connection:
            return await connection.scalar(text(sql), values)

    async def upload(
        self,
        content: bytes,
        *,
        region: str,
        name: str = "penduduk.csv",
        import_id: UUID | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        return await self.client.post(
            "/v1/imports",
            headers=headers or operator(region),
            data={"id": str(import_id or new_id()), "region_code": region},
            files={"file": (name, content)},
        )

    async def staged(self, content: bytes, *, region: str, name: str = "penduduk.csv") -> Any:
        """Upload and read a file; return the import as the API shows it."""
        answer = await self.upload(content, region=region, name=name)
        assert answer.status_code == 202, answer.text
        await self.do_jobs()
        return await self.import_of(answer.json()["id"], region)

    async def import_of(self, import_id: str, region: str = "62") -> Any:
        answer = await self.client.get(f"/v1/imports/{import_id}", headers=operator(region))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def committed(self, content: bytes, *, region: str, name: str = "penduduk.csv") -> Any:
        """Upload, read and commit a file, and have the families decided."""
        batch = await self.staged(content, region=region, name=name)
        assert batch["state"] == "staged", batch
        answer = await self.client.post(
            f"/v1/imports/{batch['id']}/commit", headers=operator(region)
        )
        assert answer.status_code == 202, answer.text
        await self.do_jobs()
        return await self.import_of(batch["id"], region)

    async def errors_of(self, import_id: str, region: str = "62") -> dict[int, list[Any]]:
        answer = await self.client.get(f"/v1/imports/{import_id}/errors", headers=operator(region))
        return {row["row_number"]: row["errors"] for row in answer.json()["rows"]}


def operator(*regions: str, subject: str | None = None) -> dict[str, str]:
    return bearer("village_operator", regions=regions or ("62",), subject=subject)


def verifier(*regions: str, subject: str | None = None) -> dict[str, str]:
    return bearer("regency_verifier", regions=regions or ("62",), subject=subject)


def approver(*regions: str, subject: str | None = None) -> dict[str, str]:
    return bearer("provincial_approver", regions=regions or ("62",), subject=subject)


@pytest.fixture(scope="session")
async def registry(registry_database_url: str) -> AsyncIterator[Registry]:
    """One registry for the session, with all regions and the sample programme."""
    settings = Settings(**settings_values(registry_database_url))
    engine = new_engine(
        registry_database_url, application_name="tests", statement_timeout_s=60, pool_size=10
    )
    async with engine.begin() as tx:
        await put_regions(tx)
        await put_demo_programme(tx, utc_now().date())
    async with serving(create_app(settings)) as client:
        yield Registry(client, engine, settings)
    await engine.dispose()


@pytest.fixture(scope="session")
def cycle_id() -> str:
    return str(CYCLE_ID)
