"""What the commands do: preparing the service, and a demonstration made with its own verbs."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from common import clock
from common.auth.principal import Principal
from common.database import BULK_STATEMENT_TIMEOUT_S, new_engine
from common.problems import Refused
from common.sealed import Sealer
from registry.accounts import prepare as accounts
from registry.accounts.demo import put_demo_logins, shut_demo_logins
from registry.accounts.prepare import prepare_accounts
from registry.dci import message_keys
from registry.demonstration.content import FileContent
from registry.demonstration.province import demonstrate
from registry.demonstration.work import AtWork
from registry.eligibility.demo import CYCLE_ID, put_demo_programme
from registry.eligibility.demo_members import put_benefits_of_members
from registry.eligibility.read import cycle_with_id
from registry.enrolment.check_list import check_list
from registry.jobs.request import waiting
from registry.jobs.run import Work, run_next
from registry.matching import queries as matching_queries
from registry.matching.ask import MATCH_JOB, ask_matching
from registry.matching.run import run_matching
from registry.people.prepare import put_regions
from registry.settings import Settings

PROVINCE = "62"
LOOK_EVERY_S = 0.5
CONFIRM_FIRST = "Nothing is written before a second person has confirmed it"
AT_THE_TERMINAL = Principal(
    "cli", "Perintah di server", frozenset(), frozenset({"intake.commit"}), (PROVINCE,)
)

Say = Callable[[str], None]


@asynccontextmanager
async def _engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    engine = new_engine(
        settings.database_url,
        application_name="registry commands",
        statement_timeout_s=BULK_STATEMENT_TIMEOUT_S,
        pool_size=4,
    )
    try:
        yield engine
    finally:
        await engine.dispose()


async def prepare(settings: Settings) -> None:
    """Write the regions, make the issuer ready and, for a demonstration, programme and logins."""
    async with _engine(settings) as engine, engine.begin() as tx:
        await put_regions(tx)
        await prepare_accounts(tx, settings)
        await _put_demo(tx, settings)


async def _put_demo(tx: AsyncConnection, settings: Settings) -> None:
    if settings.demo:
        await put_demo_programme(tx, clock.utc_now().date())
        await put_benefits_of_members(tx, (await cycle_with_id(tx, CYCLE_ID))["opens_on"])
        await put_demo_logins(tx, settings)
    else:
        await shut_demo_logins(tx)


async def create_administrator(settings: Settings, username: str, name: str, say: Say) -> None:
    """Make an administrator and say the password of the first sign-in, once."""
    async with _engine(settings) as engine, engine.begin() as tx:
        password = await accounts.create_administrator(tx, username, name)
    say(f"{username}: {password}")


async def rotate_token_key(settings: Settings, say: Say) -> None:
    """Publish a new key for tokens; it signs a minute later."""
    async with _engine(settings) as engine, engine.begin() as tx:
        say(await accounts.rotate_token_key(tx, settings))


async def check_one_list(settings: Settings, list_id: UUID, say: Say) -> None:
    """Say whether a list is what was signed and done; exits with 1 when anything differs."""
    async with _engine(settings) as engine, engine.begin() as tx:
        try:
            checked = await check_list(tx, list_id)
        except Refused as refusal:
            say(f"{list_id}: {refusal.code}")
            raise SystemExit(1) from refusal
    for line in checked.lines():
        say(line)
    if checked.problems:
        raise SystemExit(1)


async def rotate_message_key(settings: Settings, say: Say) -> None:
    """Sign messages to other agencies with a new key from now on."""
    sealer = Sealer(settings.sealing_key.get_secret_value())
    async with _engine(settings) as engine, engine.begin() as tx:
        say(await message_keys.rotate(tx, sealer))


async def import_one(settings: Settings, file: Path, region: str, say: Say) -> None:
    """Import one file and say how it went; exits with 1 when it was refused."""
    async with _engine(settings) as engine:
        content = FileContent.of(file)
        try:
            batch = await AtWork(engine, settings).import_file(
                AT_THE_TERMINAL, content, file.name, region
            )
        except Refused as refusal:
            say(f"{file.name}: {refusal.code} {refusal.facts}")
            raise SystemExit(1) from refusal
        say(f"{file.name}: {batch['state']}, {_counts(batch['counts'])}")
        if batch["state"] == "confirming":
            say(f"{CONFIRM_FIRST}: {settings.public_url}/imports/{batch['id']}")


async def match(settings: Settings, region: str, say: Say) -> None:
    """Compare the people of a region with the province and say what was found.

    A worker that runs may take the job: then this waits for it.
    """
    works = {MATCH_JOB: Work(partial(run_matching, settings=settings))}
    async with _engine(settings) as engine:
        async with engine.begin() as tx:
            await ask_matching(tx, AT_THE_TERMINAL, region, wait_s=0)
        while await _is_matching(engine):
            if not await run_next(engine, works):
                await asyncio.sleep(LOOK_EVERY_S)
        async with engine.begin() as tx:
            run = (await tx.execute(matching_queries.LAST_RUN)).mappings().one_or_none()
    if run is None:
        raise SystemExit("The comparison did not end; the worker's log says why.")
    say(json.dumps(run["counts"]))


async def _is_matching(engine: AsyncEngine) -> bool:
    async with engine.begin() as tx:
        return await waiting(tx, MATCH_JOB) > 0


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(f"{counts[key]} {key}" for key in ("rows", "new", "changed", "errors"))


async def seed_demo(settings: Settings, population: Path, say: Say) -> None:
    """Import a synthetic province, decide its families, and take them to where each page shows."""
    if not settings.demo:
        raise SystemExit("This is for a demonstration only: set DEMO=1.")
    manifest = json.loads((population / "manifest.json").read_text(encoding="utf-8"))
    if not manifest.get("complete"):
        raise SystemExit(
            f"{population} is not complete: make it again with `python -m population`."
        )
    await prepare(settings)
    async with _engine(settings) as engine:
        await demonstrate(AtWork(engine, settings), population, manifest, say)
    say("Contoh siap: satu kabupaten sudah ditetapkan, satu desa diusulkan, lainnya diputuskan.")
