"""The search at the desk at a province's size, beside a primary-key lookup of the same run.

280,000 families and 840,000 persons are made by SQL, in the province's own villages, with names
from the generator's lists. Each kind of search runs interleaved with the lookup, once as statements
(what PostgreSQL and the driver take) and once over HTTP (the whole app in this process, with
tokens, audit log and commit). The ratio is that of the slowest kind that the desk uses every day.
"""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import httpx2 as httpx
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tests import servers
from tests.benchmarks import Report
from tests.clients import bearer, serving, settings_values

from common.api import new_router
from common.auth.principal import Principal, public
from common.card_number import card_number
from common.database import Transaction, new_engine
from common.regions import all_regions
from common.sealed import BlindIndex
from population import names
from population.randomness import Dice
from population.structure import MAN, WOMAN
from registry.app import create_app
from registry.people import queries, rules, search
from registry.people.prepare import put_regions
from registry.settings import Settings

BORN = date(1985, 5, 17)
FAMILIES = 280_000
# Two, three or four on a card.
PERSONS_EACH = (2, 3, 3, 4)
NAMES = 40_000
SAMPLES = 200
HTTP_SAMPLES = 80
# A regency's names are compared one by one: some tell enough.
WIDER_SAMPLES = 15
DAILY = ("name_in_village", "alike_in_village", "nik", "kk", "card")
WIDER = ("name_in_district", "name_in_regency")
HOUSEHOLD = "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
# A long array of texts is walked from its start for each element: a table is not.
FILL = f"""
    CREATE TABLE bench_names AS SELECT n - 1 AS place, name
    FROM unnest(CAST(:names AS text[])) WITH ORDINALITY AS w(name, n);
    CREATE TABLE bench_villages AS SELECT n - 1 AS place, code
    FROM unnest(CAST(:villages AS text[])) WITH ORDINALITY AS w(code, n);
    ANALYZE bench_names, bench_villages;
    INSERT INTO households (id, region_code, kk_index, kk_sealed, import_id)
    SELECT {HOUSEHOLD}, v.code, substr(sha256(convert_to('kk' || n, 'UTF8')), 1, 16), '\\x00',
           gen_random_uuid()
    FROM generate_series(1, CAST(:families AS int)) n
    JOIN bench_villages v ON v.place = n % CAST(:village_count AS int);
    INSERT INTO persons (id, household_id, nik_index, nik_sealed, name, name_key, sex, born_on,
                         relation, status, import_id)
    SELECT gen_random_uuid(), {HOUSEHOLD},
           substr(sha256(convert_to('nik' || n || '-' || m, 'UTF8')), 1, 16), '\\x00',
           w.name, w.name,
           CASE WHEN m % 2 = 0 THEN 'F' ELSE 'M' END, DATE '1950-01-01' + (n * 37 + m) % 25000,
           CASE WHEN m = 1 THEN 'head' ELSE 'child' END, 'alive', gen_random_uuid()
    FROM generate_series(1, CAST(:families AS int)) n
    CROSS JOIN LATERAL generate_series(1, (CAST(:sizes AS int[]))[1 + n % 4]) m
    JOIN bench_names w ON w.place = (hashint8(n * 8 + m) & 2147483647) % CAST(:name_count AS int);
    INSERT INTO household_cards (card_id, household_id, issued_at, status)
    SELECT lpad(to_hex(CAST(n AS bigint) * 7919), 16, '0'), {HOUSEHOLD}, now(), 'active'
    FROM generate_series(1, CAST(:families AS int)) n
"""  # noqa: S608
Ask = Callable[[str, dict[str, Any]], Awaitable[None]]
"""Do one search of a kind; "lookup" is the primary key."""


def measure(report: Report) -> None:
    """Measure desk_search (the largest ratio of p95), and each kind's p95 in milliseconds."""
    with servers.postgres(durable=True) as postgres:
        asyncio.run(_measure(postgres.database("registry"), report))
    report.sizes["desk_search_families"] = FAMILIES
    report.sizes["desk_search_load"] = [round(one, 2) for one in os.getloadavg()]


async def _measure(url: str, report: Report) -> None:
    engine = new_engine(url, application_name="bench", statement_timeout_s=600, pool_size=4)
    index = BlindIndex(Settings(**settings_values(url)).blind_index_key.get_secret_value())
    try:
        began = time.perf_counter()
        await _fill(engine)
        report.figures["desk_search_fill_s"] = round(time.perf_counter() - began, 1)
        asked = await _samples(engine, index)
        by_statement = await _by_statement(engine, index, asked)
        by_http = await _by_http(url, asked)
    finally:
        await engine.dispose()
    for way, took in (("sql", by_statement), ("http", by_http)):
        for kind, p95 in took.items():
            report.figures[f"desk_search_{way}_{kind}_p95_ms"] = round(p95, 3)
    report.ratios["desk_search"] = _worst(by_statement)
    report.ratios["desk_search_http"] = _worst(by_http)


def _worst(p95: dict[str, float]) -> float:
    return round(max(p95[kind] for kind in DAILY) / p95["lookup"], 2)


async def _fill(engine: AsyncEngine) -> None:
    villages = [one.code for one in all_regions().values() if one.level == "village"]
    values = {
        "villages": villages, "village_count": len(villages), "families": FAMILIES,
        "sizes": list(PERSONS_EACH), "names": _names(), "name_count": NAMES,
    }  # fmt: skip
    async with engine.begin() as tx:
        await put_regions(tx)
        for statement in FILL.split(";"):
            given = {name: value for name, value in values.items() if f":{name}" in statement}
            await tx.execute(text(statement), given)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE"))


def _names() -> list[str]:
    """Names as they are spelled here, so that common ones are as common as in the province."""
    dice = Dice(7, "names")
    return [
        rules.name_key(names.name_for(dice, names.GROUPS[n % 4], (MAN, WOMAN)[n // 4 % 2], BORN))
        for n in range(NAMES)
    ]


async def _samples(engine: AsyncEngine, index: BlindIndex) -> list[dict[str, Any]]:
    """Families with numbers that can be typed: their indexes are those of real numbers."""
    chosen, samples = random.Random(7), []
    async with engine.begin() as tx:
        for place, number in enumerate(chosen.sample(range(1, FAMILIES), SAMPLES)):
            household = UUID(int=0x7000_8000_0000_0000_0000 + number)
            given = {"h": household}
            head = (await tx.execute(HEAD, given)).one()
            nik, kk = f"6203{place:012d}", f"6204{place:012d}"
            await tx.execute(SET_NIK, {"i": index.of("nik", nik), "p": head.id})
            await tx.execute(SET_KK, {"i": index.of("kk", kk), **given})
            samples.append(
                {
                    "household": household, "village": head.region_code, "name": head.name_key,
                    "alike": _misspelled(head.name_key), "nik": nik, "kk": kk,
                    "card": card_number(f"{number * 7919:016x}"),
                }
            )  # fmt: skip
    return samples


HEAD = text("""
    SELECT p.id, p.name_key, h.region_code FROM persons p JOIN households h ON h.id = p.household_id
    WHERE h.id = :h AND p.relation = 'head'
""")
SET_NIK = text("UPDATE persons SET nik_index = :i WHERE id = :p")
SET_KK = text("UPDATE households SET kk_index = :i WHERE id = :h")


def _misspelled(name: str) -> str:
    """The longest word of a name with a letter doubled: nobody is written so."""
    word = max(name.split(), key=len)
    return f"{word[:2]}{word[1:]}"


def _asked(kind: str, sample: dict[str, Any]) -> search.Asked:
    if kind in {"nik", "kk", "card"}:
        return search.Asked(text=sample[kind])
    width = {"name_in_district": 8, "name_in_regency": 5}.get(kind, 13)
    name = sample["alike" if kind == "alike_in_village" else "name"]
    return search.Asked(region_code=sample["village"][:width], text=name)


async def _by_statement(
    engine: AsyncEngine, index: BlindIndex, samples: list[dict[str, Any]]
) -> dict[str, float]:
    caller = Principal("bench", "bench", frozenset(), frozenset(), regions=("62",))
    async with engine.connect() as connection:

        async def ask(kind: str, sample: dict[str, Any]) -> None:
            if kind == "lookup":
                asked = {"household_id": sample["household"]}
                (await connection.execute(queries.HOUSEHOLD, asked)).mappings().one()
            else:
                found = await _find(connection, caller, index, _asked(kind, sample))
                assert found.rows, (kind, sample)

        return await _p95_of_each(ask, samples)


async def _find(
    tx: AsyncConnection, caller: Principal, index: BlindIndex, asked: search.Asked
) -> search.Found:
    return await search.find(tx, caller, index, asked)


async def _by_http(url: str, samples: list[dict[str, Any]]) -> dict[str, float]:
    app = create_app(Settings(**settings_values(url)))
    _add_lookup(app)
    headers = bearer("provincial_approver", regions=("62",))
    async with serving(app) as client:

        async def ask(kind: str, sample: dict[str, Any]) -> None:
            answer = await _post(client, headers, kind, sample)
            assert answer.status_code == 200, answer.text

        return await _p95_of_each(ask, samples[:HTTP_SAMPLES])


async def _post(
    client: httpx.AsyncClient, headers: dict[str, str], kind: str, sample: dict[str, Any]
) -> httpx.Response:
    if kind == "lookup":
        return await client.get(f"/v1/lookup/{sample['household']}", headers=headers)
    asked = _asked(kind, sample)
    body = {"text": asked.text, "region_code": asked.region_code or None}
    return await client.post("/v1/households/search", json=body, headers=headers)


def _add_lookup(app: FastAPI) -> None:
    """Add an endpoint that does nothing but look a family up by its primary key."""
    from fastapi import Depends

    router = new_router(dependencies=[Depends(public("only here, to compare with"))])

    @router.get("/v1/lookup/{household_id}")
    async def get_lookup(household_id: UUID, tx: Transaction) -> dict[str, str]:
        asked = {"household_id": household_id}
        row = (await tx.execute(queries.HOUSEHOLD, asked)).mappings().one()
        return {"id": str(row["id"]), "region_code": row["region_code"]}

    app.include_router(router)


async def _p95_of_each(ask: Ask, samples: list[dict[str, Any]]) -> dict[str, float]:
    """Run each kind once a sample, in turns, so that all meet the same machine."""
    kinds = ("lookup", *DAILY, *WIDER)
    took: dict[str, list[float]] = {kind: [] for kind in kinds}
    for kind in kinds:
        await ask(kind, samples[0])
    for place, sample in enumerate(samples):
        for kind in kinds if place < WIDER_SAMPLES else kinds[: -len(WIDER)]:
            began = time.perf_counter()
            await ask(kind, sample)
            took[kind].append(1000 * (time.perf_counter() - began))
    return {kind: sorted(times)[int(len(times) * 0.95)] for kind, times in took.items()}
