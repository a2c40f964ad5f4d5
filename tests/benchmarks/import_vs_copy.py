"""The whole province in one file, from upload to committed, beside a raw COPY of the same rows.

Real processes (API, worker, what the worker starts), real servers, a database that flushes. The
file is every village's OpenSID export under one header, with the code of its village before each
row. It is made with `python -m population` unless POPULATION names a folder that has one.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx2 as httpx
import xlsxwriter
from python_calamine import CalamineWorkbook
from tests import servers
from tests.benchmarks import Report
from tests.clients import token
from tests.faults.processes import Api, Worker, environment, issuer

from common.database import new_engine
from common.ids import new_id
from registry.people.prepare import put_regions

COPY_ROUNDS = 3
WITHIN_S = 900
LOOK_EVERY_S = 0.05
MEMORY_EVERY_S = 0.2
MAKE_WITHIN_S = 300
ROOT = Path(__file__).parents[2]


def measure(report: Report) -> None:
    """Measure import_vs_copy; with XLSX=1 the same rows as a workbook too."""
    with tempfile.TemporaryDirectory(prefix="khbs-bench-") as name:
        folder = Path(name)
        file = one_file(population(folder), folder / "provinsi.csv")
        copies = _with_servers(folder, lambda *world: _measure_csv(file, report, *world))
        if os.environ.get("XLSX"):
            workbook = as_workbook(file, folder / "provinsi.xlsx")
            limit_s = parser_s(workbook, report) + 20 * min(copies)
            _with_servers(folder, lambda *world: _measure_xlsx(workbook, report, *world))
            report.figures["import_xlsx_limit_s"] = round(limit_s, 1)


def population(folder: Path) -> Path:
    """Return a folder with the full synthetic province."""
    # Not POPULATION: make exports that one, and there it is a size.
    given = os.environ.get("PROVINCE_DIR")
    if given:
        return Path(given)
    target = folder / "population"
    command = [sys.executable, "-m", "population", "--size", "full", "--out", str(target)]
    told = {**os.environ, "PYTHONPATH": str(ROOT / "deploy")}
    subprocess.run(command, check=True, env=told, timeout=MAKE_WITHIN_S)
    return target


def one_file(population: Path, target: Path) -> Path:
    """Put the files of all villages together, each row with its village's code first."""
    header = ""
    with target.open("w", encoding="utf-8", newline="") as out:
        for village in sorted((population / "villages").iterdir()):
            with (village / "penduduk.csv").open(encoding="utf-8", newline="") as rows:
                names = next(rows)
                if not header:
                    header = names
                    out.write(f"kode_desa,{header}")
                if names != header:
                    raise ValueError(f"{village.name} has other columns")
                out.writelines(f"{village.name},{row}" for row in rows)
    return target


def _with_servers(folder: Path, act: Any) -> Any:
    with (
        servers.postgres(durable=True) as postgres,
        servers.rabbitmq() as rabbitmq,
        issuer() as issuer_url,
    ):
        url = postgres.database("registry")
        asyncio.run(_prepare(url))
        told = environment(url, rabbitmq.url, issuer_url, DEMO="1")
        api = Api(folder, told, "registry.app:create_app")
        worker = Worker(folder, told, "registry.worker")
        for process in (api, worker):
            process.start()
        try:
            return act(url, issuer_url, api, worker)
        finally:
            worker.stop()
            api.stop()


async def _prepare(url: str) -> None:
    engine = new_engine(url, application_name="bench", pool_size=1)
    async with engine.begin() as tx:
        await put_regions(tx)
    await engine.dispose()


def _measure_csv(
    file: Path, report: Report, url: str, issuer_url: str, api: Api, worker: Worker
) -> list[float]:
    copies = asyncio.run(_raw_copies(url, file))
    stages, peak_bytes = _import(file, issuer_url, api, worker)
    copies += asyncio.run(_raw_copies(url, file))
    copy_s, whole_s = sorted(copies)[len(copies) // 2], stages["whole"]
    report.ratios["import_vs_copy"] = round(whole_s / copy_s, 2)
    report.figures |= {
        "import_copy_s": round(copy_s, 2),
        "import_csv_s": round(whole_s, 1),
        "import_csv_peak_mb": round(peak_bytes / 1e6),
        **{f"import_csv_{name}_s": round(value, 1) for name, value in stages.items()},
    }
    rows = asyncio.run(_committed(url))
    report.sizes["import_vs_copy"] = {
        "rows": rows,
        "file_mb": round(file.stat().st_size / 1e6),
        "copies_s": [round(one, 2) for one in copies],
        "load_after": [round(one, 2) for one in os.getloadavg()],
    }
    return copies


def _measure_xlsx(
    file: Path, report: Report, url: str, issuer_url: str, api: Api, worker: Worker
) -> None:
    stages, peak_bytes = _import(file, issuer_url, api, worker)
    report.figures["import_xlsx_s"] = round(stages["whole"], 1)
    report.figures["import_xlsx_peak_mb"] = round(peak_bytes / 1e6)
    report.sizes["import_xlsx"] = {"rows": asyncio.run(_committed(url))}


async def _raw_copies(url: str, file: Path) -> list[float]:
    """Return how long COPY of the file into one unlogged table of texts takes, each time."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    names = file.open(encoding="utf-8").readline().strip().split(",")
    columns = ", ".join(f"{name} text" for name in names)
    times = []
    for _ in range(COPY_ROUNDS):
        await connection.execute(f"CREATE UNLOGGED TABLE raw_rows ({columns})")
        begun = time.perf_counter()
        await connection.copy_to_table("raw_rows", source=file, format="csv", header=True)
        times.append(time.perf_counter() - begun)
        await connection.execute("DROP TABLE raw_rows")
    await connection.close()
    return times


async def _committed(url: str) -> int:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return int(await connection.fetchval("SELECT count(*) FROM persons"))
    finally:
        await connection.close()


def _import(file: Path, issuer_url: str, api: Api, worker: Worker) -> tuple[dict[str, float], int]:
    """Upload and commit; return the seconds of each stage and the most memory of all processes."""
    bearer = {"authorization": f"Bearer {token('regency_verifier', iss=issuer_url)}"}
    stages: dict[str, float] = {}
    with (
        httpx.Client(base_url=api.address, headers=bearer, timeout=WITHIN_S) as client,
        _watched(api.pid, worker.pid) as memory,
    ):
        begun = time.perf_counter()
        import_id = str(new_id())
        with file.open("rb") as content:
            answer = client.post(
                "/v1/imports",
                data={"id": import_id, "region_code": "62"},
                files={"file": (file.name, content)},
            )
        answer.raise_for_status()
        stages["upload"] = time.perf_counter() - begun
        _until(client, import_id, "staged")
        stages["check"] = time.perf_counter() - begun - stages["upload"]
        client.post(f"/v1/imports/{import_id}/commit").raise_for_status()
        _until(client, import_id, "committed")
        stages["whole"] = time.perf_counter() - begun
        stages["commit"] = stages["whole"] - stages["check"] - stages["upload"]
    return stages, memory[0]


def _until(client: httpx.Client, import_id: str, state: str) -> None:
    ends_at = time.monotonic() + WITHIN_S
    while (now := client.get(f"/v1/imports/{import_id}").json())["state"] != state:
        if now["state"] == "refused" or time.monotonic() > ends_at:
            raise RuntimeError(f"the import is {now['state']} ({now.get('failure')})")
        time.sleep(LOOK_EVERY_S)


@contextmanager
def _watched(*roots: int) -> Iterator[list[int]]:
    """Note the most memory (PSS: shared pages count once) of these processes and their children."""
    peak, is_over = [0], threading.Event()

    def watch() -> None:
        while not is_over.wait(MEMORY_EVERY_S):
            peak[0] = max(peak[0], sum(_pss_bytes(pid) for pid in _family(*roots)))

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield peak
    finally:
        is_over.set()
        watching.join()


def _family(*roots: int) -> list[int]:
    found = list(roots)
    for pid in found:
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except OSError:
            continue
        found += [int(child) for child in children.split()]
    return found


def _pss_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def as_workbook(file: Path, target: Path) -> Path:
    """Write the same rows as a workbook, every cell as text."""
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Penduduk")
        with file.open(encoding="utf-8") as rows:
            for number, row in enumerate(rows):
                for column, cell in enumerate(row.rstrip("\r\n").split(",")):
                    if cell:
                        sheet.write_string(number, column, cell)
    return target


def parser_s(file: Path, report: Report) -> float:
    """Return how long the workbook's parser alone takes for every row."""
    begun = time.perf_counter()
    sheet = CalamineWorkbook.from_path(file).get_sheet_by_index(0)
    report.sizes["import_xlsx_parsed"] = sum(1 for _ in sheet.iter_rows())
    seconds = time.perf_counter() - begun
    report.figures["import_xlsx_parser_s"] = round(seconds, 1)
    return seconds
