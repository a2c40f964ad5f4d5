"""A service's app with routes that succeed, refuse, fail and take their time."""

import asyncio
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Form, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import text
from tests.clients import settings_values

from common.api import build_app, new_router
from common.auth.principal import public
from common.database import Transaction
from common.problems import RefusalText, Refused
from common.settings import ServiceSettings

LIMITED_TO = 200
REFUSALS = {
    "already_used": RefusalText(
        409, "Sudah dipakai pada {at}", "Used at {at}", "Periksa.", "Check."
    ),
}
# Checked when the transaction commits, so that the commit itself can fail.
DEFERRED = """CREATE TABLE IF NOT EXISTS notes (
    id text, parent text, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)"""


class Note(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str = Field(max_length=36)
    nik: str = Field(default="", pattern=r"^\d{16}$|^$")
    amount_rupiah: int = Field(default=0, ge=0)


router = new_router(dependencies=[Depends(public("a test"))])
seen: dict[str, Any] = {"tries": 0, "bodies": []}


@router.post("/notes")
async def post_note(note: Note, tx: Transaction) -> dict[str, str]:
    await tx.execute(text("INSERT INTO notes VALUES (:id)"), {"id": note.id})
    return {"id": note.id}


@router.post("/races")
async def post_race(note: Note, tx: Transaction) -> dict[str, int]:
    """Lose the race as often as the id says, each time as PostgreSQL would say it."""
    seen["tries"] += 1
    seen["bodies"].append(note.id)
    await tx.execute(text("INSERT INTO notes VALUES (:id)"), {"id": f"race {seen['tries']}"})
    if seen["tries"] <= seen["losses"]:
        state = seen["sqlstate"]
        await tx.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE='{state}'; END $$"))
    return {"tries": seen["tries"]}


@router.post("/uploads")
async def post_upload(tx: Transaction, word: Annotated[str, Form()]) -> dict[str, str]:
    seen["tries"] += 1
    await tx.execute(text("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE='40001'; END $$"))
    return {"word": word}


@router.post("/limited", max_body_size=LIMITED_TO)
async def post_limited(request: Request) -> dict[str, int]:
    return {"size": len(await request.body())}


@router.get("/slow")
async def get_slow(tx: Transaction, seconds: float = 30) -> dict[str, str]:
    await tx.execute(text("SELECT pg_sleep(:s)"), {"s": seconds})
    return {}


@router.get("/settings")
async def get_settings(tx: Transaction) -> dict[str, str]:
    rows = await tx.execute(text("SELECT name, setting FROM pg_settings"))
    return {row.name: row.setting for row in rows}


@router.get("/refused")
async def get_refused() -> None:
    raise Refused("already_used", at="08.00")


@router.get("/broken")
async def get_broken(kind: str = "", name: str = "") -> None:
    if kind == "file":
        raise FileNotFoundError(name)
    raise KeyError(name)


@router.get("/half")
async def get_half() -> Any:
    """Break after the answer has begun."""
    from starlette.responses import StreamingResponse

    async def body():
        yield b"half"
        await asyncio.sleep(0)
        raise ZeroDivisionError

    return StreamingResponse(body())


@router.get("/empty")
async def get_empty() -> dict[str, str]:
    return {}


def new_app(database_url: str, **changes: Any) -> FastAPI:
    values = {**settings_values(database_url), **changes}
    return build_app(
        ServiceSettings(service="registry", **values),
        title="test",
        routers=[router],
        refusals=REFUSALS,
        template_packages={},
    )
