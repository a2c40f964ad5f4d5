"""A synthetic province on its way through the registry, each step by the verb that people use."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncEngine

from common import clock
from common.auth.principal import Principal
from common.ids import new_id
from common.problems import Refused
from common.regions import region_name
from common.sealed import Sealer
from registry.eligibility.ask import ask_evaluation
from registry.eligibility.demo import CYCLE_ID, decree_of
from registry.eligibility.review import review
from registry.enrolment import queries as lists
from registry.enrolment.approve import ask_approval
from registry.enrolment.demo import visit_sample
from registry.enrolment.propose import find as find_list
from registry.enrolment.propose import propose
from registry.enrolment.verify import verify
from registry.intake import queries as imports
from registry.intake.commit import ask_commit
from registry.intake.upload import get, upload
from registry.jobs.request import latest
from registry.jobs.run import run_next
from registry.settings import Settings
from registry.worker import import_works, list_works

PROVINCE = "62"
APPROVED_REGENCY = "62.03"
POLL_S = 0.05
REVIEW_ROWS = 500
REASON = "Contoh: dikunjungi petugas, rumah dan penghasilan sesuai kriteria"
OTHER_REASON = "Contoh: dikunjungi petugas, keluarga ini sudah tergolong mampu"


def _person(role: str, name: str) -> Principal:
    return Principal(f"demo:{role}", name, frozenset(), frozenset(), (PROVINCE,))


OPERATOR = _person("operator", "Operator contoh")
VERIFIER = _person("verifikator", "Verifikator contoh")
APPROVER = _person("penyetuju", "Penyetuju contoh")

Say = Callable[[str], None]


class FileContent:
    """A file on disk as an upload reads it."""

    def __init__(self, path: Path) -> None:
        self._content = path.read_bytes()
        self._place = 0

    async def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        end = len(self._content) if size < 0 else self._place + size
        piece = self._content[self._place : end]
        self._place += len(piece)
        return piece

    async def seek(self, offset: int, /) -> None:
        """Go to a place."""
        self._place = offset

    def digest(self) -> bytes:
        """Return the SHA-256 of the whole file."""
        return hashlib.sha256(self._content).digest()


class Demonstration:
    """Does the jobs itself, and waits for those that a running worker has taken."""

    def __init__(self, engine: AsyncEngine, settings: Settings) -> None:
        self._engine = engine
        self._sealer = Sealer(settings.sealing_key.get_secret_value())
        self._works = {**import_works(settings), **list_works(settings)}

    async def _until_done(self, subject_id: UUID) -> None:
        """Do jobs until the newest one about a subject is finished; raises Refused if it failed."""
        while True:
            async with self._engine.begin() as tx:
                job = await latest(tx, subject_id)
            if job is None or job["state"] == "done":
                return
            if job["state"] == "failed":
                raise Refused(job["failure_code"], **(job["failure_facts"] or {}))
            if not await run_next(self._engine, self._works):
                await asyncio.sleep(POLL_S)

    async def import_file(
        self, caller: Principal, path: Path, region_code: str, *, evaluate: bool = True
    ) -> RowMapping:
        """Upload, read and commit a file, unless the same one has been committed for the region."""
        content = FileContent(path)
        import_id = new_id()
        async with self._engine.begin() as tx:
            known = await tx.execute(
                imports.SAME_FILE_BEFORE,
                {
                    "sha256": content.digest(),
                    "region_code": region_code,
                    "import_id": import_id,
                },
            )
            earlier = known.first()
            if earlier is not None:
                return await get(tx, earlier.id)
            await upload(
                tx,
                caller,
                self._sealer,
                import_id=import_id,
                region_code=region_code,
                file_name=path.name,
                content=content,
            )
        await self._until_done(import_id)
        async with self._engine.begin() as tx:
            await ask_commit(tx, caller, import_id, evaluate=evaluate)
        await self._until_done(import_id)
        async with self._engine.begin() as tx:
            return await get(tx, import_id)

    async def import_province(self, folder: Path, manifest: dict[str, Any], say: Say) -> None:
        """Import every village's file, then the rosters and deciles of the whole province."""
        villages = manifest["villages"]
        for number, village in enumerate(villages, 1):
            path = folder / village["file"]
            await self.import_file(OPERATOR, path, village["code"], evaluate=False)
            if number == len(villages) or number % 25 == 0:
                say(f"Berkas desa: {number} dari {len(villages)}")
        others = [one["file"] for one in manifest["rosters"].values()] + [manifest["dtsen"]["file"]]
        for file in others:
            await self.import_file(OPERATOR, folder / file, PROVINCE, evaluate=False)
            say(f"Berkas provinsi: {file}")

    async def decide(self, say: Say) -> None:
        """Decide every family."""
        async with self._engine.begin() as tx:
            await ask_evaluation(tx, OPERATOR, PROVINCE)
        await self._until_done(CYCLE_ID)
        say("Keputusan dibuat untuk semua keluarga")

    async def make_lists(self, manifest: dict[str, Any], say: Say) -> None:
        """Approve the lists of one regency but the operator's village; propose one elsewhere."""
        mine = manifest["demo"]["operator_village"]
        codes = [village["code"] for village in manifest["villages"]]
        approved = regions_without(mine, [code for code in codes if code.startswith("62.03.")])
        for code in approved:
            if await self._approve(code):
                say(f"Ditetapkan: {region_name(code)}")
        elsewhere = [code for code in codes if not code.startswith(f"{APPROVED_REGENCY}.")]
        if elsewhere and await self._propose(elsewhere[0]):
            say(f"Diusulkan: {region_name(elsewhere[0])}")

    async def _propose(self, region_code: str) -> UUID | None:
        list_id = new_id()
        try:
            async with self._engine.begin() as tx:
                await propose(
                    tx, OPERATOR, list_id=list_id, cycle_id=CYCLE_ID, region_code=region_code
                )
            await self._until_done(list_id)
        except Refused as refusal:
            # Done by an earlier run, or nobody of this region is entitled.
            if refusal.code in {"list_empty", "list_open_already"}:
                return None
            raise
        return list_id

    async def _approve(self, region_code: str) -> bool:
        list_id = await self._propose(region_code)
        if list_id is None:
            return False
        while await self._review_some(list_id):
            pass
        async with self._engine.begin() as tx:
            await visit_sample(tx, VERIFIER, list_id)
            one = await verify(tx, VERIFIER, list_id)
        today = clock.utc_now().date()
        async with self._engine.begin() as tx:
            await ask_approval(
                tx,
                APPROVER,
                list_id,
                decree_number=decree_of(today),
                decree_on=today,
                content_hash=bytes(one["content_hash"]),
            )
        await self._until_done(list_id)
        return True

    async def _review_some(self, list_id: UUID) -> bool:
        """Judge some families that need review, every fourth as not entitled."""
        async with self._engine.begin() as tx:
            one = await find_list(tx, list_id)
            asked = {
                "list_id": list_id,
                "outcome": "needs_review",
                "action": None,
                "after": None,
                "rows": REVIEW_ROWS,
            }
            rows = (await tx.execute(lists.MEMBERS, asked)).all()
            if not rows or one is None:
                return False
            ids = [row.household_id for row in rows]
            for outcome, reason, chosen in (
                ("ineligible", OTHER_REASON, ids[3::4]),
                ("eligible", REASON, [one for at, one in enumerate(ids) if at % 4 != 3]),
            ):
                if chosen:
                    await review(
                        tx,
                        VERIFIER,
                        cycle_id=CYCLE_ID,
                        household_ids=chosen,
                        outcome=outcome,
                        reason=reason,
                    )
        return True


def regions_without(left_out: str, villages: list[str]) -> list[str]:
    """Return the districts of these villages; where one village is left out, its neighbours."""
    district = left_out[:8]
    whole = sorted({code[:8] for code in villages if code[:8] != district})
    return whole + [code for code in villages if code[:8] == district and code != left_out]
