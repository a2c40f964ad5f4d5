"""A person says what the columns of a file are; it is read so, and the next one by itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import covers
from common.sealed import Sealer
from registry.intake import mapping_queries, queries
from registry.intake.ask_columns import sample_context
from registry.intake.column_sample import SampleSheet, read_sample
from registry.intake.columns import KINDS, faults_of
from registry.intake.upload import READ_JOB, get_for
from registry.jobs.request import request


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose: where the table is, what it is about, which column is what."""

    sheet: int
    header_row: int
    kind: str
    places: Mapping[str, int]


async def sample_for(
    tx: AsyncConnection, caller: Principal, sealer: Sealer, import_id: UUID
) -> tuple[RowMapping, list[SampleSheet]]:
    """Return a file that waits for its columns, and its first rows; raises Refused."""
    batch = await get_for(tx, caller, import_id)
    content = await tx.scalar(mapping_queries.SAMPLE, {"import_id": import_id})
    if batch["state"] != "needs_mapping" or content is None:
        raise Refused("columns_not_asked")
    kept = json.loads(sealer.open_text(content, sample_context(import_id)))
    return batch, read_sample(kept)


def faults_in(sheets: list[SampleSheet], choice: Choice) -> dict[str, str]:
    """Return what is wrong with a choice, by column: missing, twice, unlike; `table` when none."""
    kind = KINDS.get(choice.kind)
    if kind is None or not 0 <= choice.sheet < len(sheets):
        return {"table": "missing"}
    sheet = sheets[choice.sheet]
    if not sheet.below(choice.header_row):
        return {"table": "missing"}
    places = sheet.places(choice.header_row)
    return faults_of(kind, choice.places, places) if places else {"table": "missing"}


async def name_columns(
    tx: AsyncConnection,
    caller: Principal,
    sealer: Sealer,
    import_id: UUID,
    *,
    mapping_id: UUID,
    choice: Choice,
) -> None:
    """Keep what the columns are for this header and the caller's region, and read the file again.

    A repeat with the same id changes nothing. Raises Refused: outside_your_regions,
    columns_not_asked, columns_do_not_fit, id_reused.
    """
    await tx.execute(queries.LOCK_BATCH, {"import_id": import_id})
    if await is_repeat(tx, mapping_id, choice):
        return
    batch, sheets = await sample_for(tx, caller, sealer, import_id)
    if faults := faults_in(sheets, choice):
        raise Refused("columns_do_not_fit", columns=", ".join(sorted(faults)))
    kept = {
        "id": mapping_id,
        "region_code": _scope_of(caller, batch["region_code"]),
        "header_hash": _hash_of(sheets, choice),
        "kind": choice.kind,
        "places": dict(choice.places),
        "made_by": caller.subject,
        "made_by_name": caller.name,
    }
    await tx.execute(mapping_queries.INSERT_MAPPING, kept)
    await tx.execute(mapping_queries.FORGET_SAMPLE, {"import_id": import_id})
    await tx.execute(mapping_queries.READ_AGAIN, {"import_id": import_id})
    await request(tx, caller, READ_JOB, import_id)
    details = {"kind": choice.kind, "places": dict(choice.places)}
    await audit.record(
        tx, caller, "import.name_columns", "import", import_id,
        region_code=batch["region_code"], details=details,
    )  # fmt: skip


def _hash_of(sheets: list[SampleSheet], choice: Choice) -> bytes:
    header = sheets[choice.sheet].header(choice.header_row)
    if header is None:
        raise Refused("columns_do_not_fit", columns="table")
    return bytes.fromhex(header.hash)


def _scope_of(caller: Principal, region_code: str) -> str:
    """Return the nearest of the caller's regions: a village's clerk speaks for the village, an
    agency of the regency for all its villages.
    """
    return max((scope for scope in caller.regions if covers(scope, region_code)), key=len)


async def ask_again(tx: AsyncConnection, caller: Principal, import_id: UUID) -> None:
    """Have the columns of a file named anew that was read by what a person had said.

    Raises Refused: not_found, outside_your_regions, columns_not_asked.
    """
    await tx.execute(queries.LOCK_BATCH, {"import_id": import_id})
    batch = await get_for(tx, caller, import_id)
    if batch["state"] != "staged" or "mapped_on" not in batch["about"]:
        raise Refused("columns_not_asked")
    await tx.execute(queries.FORGET_ROWS, {"import_id": import_id})
    await tx.execute(mapping_queries.ASK_AGAIN, {"import_id": import_id})
    await request(tx, caller, READ_JOB, import_id, {"ask_columns": True})
    region_code = batch["region_code"]
    await audit.record(
        tx, caller, "import.ask_columns", "import", import_id, region_code=region_code
    )


async def is_repeat(tx: AsyncConnection, mapping_id: UUID, choice: Choice) -> bool:
    """Tell whether just this was said before; raises Refused when the id said something else."""
    row = await tx.execute(mapping_queries.MAPPING, {"mapping_id": mapping_id})
    earlier = row.mappings().one_or_none()
    if earlier is None:
        return False
    if (earlier["kind"], earlier["places"]) != (choice.kind, dict(choice.places)):
        raise Refused("id_reused")
    return True
