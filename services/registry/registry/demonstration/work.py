"""Doing jobs at once, and taking a file from its upload to its families."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine

from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from common.sealed import Sealer
from registry.demonstration.cast import OPERATOR, PROVINCE
from registry.demonstration.content import FileContent
from registry.eligibility.ask import ask_evaluation
from registry.eligibility.demo import CYCLE_ID
from registry.intake import queries as imports
from registry.intake.commit import ask_commit, confirm
from registry.intake.upload import find, get, upload
from registry.jobs.request import latest, waiting
from registry.jobs.run import run_next
from registry.matching.ask import MATCH_JOB, ask_matching
from registry.settings import Settings
from registry.worker import import_works, list_works, match_works

POLL_S = 0.05
Say = Callable[[str], None]


class AtWork:
    """Does the jobs itself, and waits for those that a running worker has taken."""

    def __init__(self, engine: AsyncEngine, settings: Settings) -> None:
        self.engine = engine
        self.settings = settings
        self.sealer = Sealer(settings.sealing_key.get_secret_value())
        self._works = {**import_works(settings), **list_works(settings), **match_works(settings)}

    async def until_done(self, subject_id: UUID) -> None:
        """Do jobs until the newest one about a subject is finished; raises Refused if it failed."""
        while True:
            async with self.engine.begin() as tx:
                job = await latest(tx, subject_id)
            if job is None or job["state"] == "done":
                return
            if job["state"] == "failed":
                raise Refused(job["failure_code"], **(job["failure_facts"] or {}))
            await self._do_one()

    async def _do_one(self) -> None:
        if not await run_next(self.engine, self._works):
            await asyncio.sleep(POLL_S)

    async def decide(self, region_code: str = PROVINCE) -> None:
        """Decide every family of a region."""
        async with self.engine.begin() as tx:
            await ask_evaluation(tx, OPERATOR, region_code)
        await self.until_done(CYCLE_ID)

    async def match(self, region_code: str = PROVINCE) -> None:
        """Look for people who are recorded twice, and wait for the answer."""
        async with self.engine.begin() as tx:
            await ask_matching(tx, OPERATOR, region_code, wait_s=0)
        while await self._is_matching():
            await self._do_one()

    async def _is_matching(self) -> bool:
        async with self.engine.begin() as tx:
            return await waiting(tx, MATCH_JOB) > 0

    async def import_file(
        self,
        caller: Principal,
        content: FileContent,
        name: str,
        region_code: str,
        *,
        import_id: UUID | None = None,
        second: Principal | None = None,
        evaluate: bool = True,
    ) -> RowMapping:
        """Upload, read and commit a file, unless the same one has been committed for the region.

        A large change is confirmed by `second`; without one it waits for a person.
        """
        import_id = import_id or new_id()
        same = {
            "sha256": content.digest(),
            "region_code": region_code,
            "import_id": import_id,
        }
        async with self.engine.begin() as tx:
            earlier = (await tx.execute(imports.SAME_FILE_BEFORE, same)).first()
            if earlier is not None:
                return await get(tx, earlier.id)
            await upload(
                tx,
                caller,
                self.sealer,
                import_id=import_id,
                region_code=region_code,
                file_name=name,
                content=content,
            )
        await self.until_done(import_id)
        return await self._save(caller, import_id, second, evaluate=evaluate)

    async def _save(
        self, caller: Principal, import_id: UUID, second: Principal | None, *, evaluate: bool
    ) -> RowMapping:
        async with self.engine.begin() as tx:
            batch = await find(tx, import_id)
            if batch is not None and batch["state"] == "staged":
                batch = await ask_commit(tx, caller, import_id, evaluate=evaluate)
            if batch is not None and batch["state"] == "confirming" and second is not None:
                await confirm(tx, second, import_id, evaluate=evaluate)
        await self.until_done(import_id)
        async with self.engine.begin() as tx:
            return await get(tx, import_id)
