"""The statements of one redemption, exactly as the service sends them, run by pgbench."""

import re
import subprocess
from pathlib import Path
from typing import Any

from sqlalchemy import ClauseElement
from sqlalchemy.dialects import postgresql
from tests.benchmarks.province import CARD_SQL, HOUSEHOLD_SQL
from tests.redemption.world import FOOD_POINT, VILLAGE

from common import outbox
from common.events import BeneficiaryListApprovedV1
from local.postgres import program
from redemption.redeeming.queries import RECORD, SITUATION_BY_BENEFIT

# As long as a redemption's envelope is; pgbench would read a colon as a variable.
ENVELOPE_BYTES = 950
PARAMETER = re.compile(r"%\((\w+)\)s")
RATE = re.compile(r"tps = ([0-9.]+)")
LATENCY = re.compile(r"latency average = ([0-9.]+)")


def script(approved: BeneficiaryListApprovedV1, first: int, families_each: int) -> str:
    """Return a pgbench script: each client has its own stretch of families, from `first` on."""
    number = ":n"
    cycle, benefit = (
        f"'{one}'::uuid" for one in (approved.cycle.cycle_id, approved.benefits[0].benefit_id)
    )
    household, card = HOUSEHOLD_SQL.format(n=number), CARD_SQL.format(n=number)
    act = "('11111111-1111-7111-8111-' || lpad(to_hex((:n)::bigint), 12, '0'))::uuid"
    line = {
        "id": act, "household_id": household, "cycle_id": cycle, "benefit_id": benefit,
        "entitlement_id": household, "card_id": card, "card_reading": "'scanned'",
        "holder_check": "'name_compared'", "region_code": f"'{VILLAGE}'", "quantity": "1",
        "amount_rupiah": "150000", "remaining_quantity": "0", "remaining_rupiah": "0",
        "partner_id": f"'{FOOD_POINT}'::uuid", "partner_name": "'Titik Pangan Bukit Tunggal'",
        "redeemed_by": "'0193-operator'", "redeemed_by_name": "'Orang Uji'",
        "redeemed_at": "now()", "subject_id": household, "terminal_id": "NULL::uuid",
        "companion_id": "NULL::uuid", "goods_category": "NULL", "mode": "'online'",
        "said_at": "NULL::timestamptz", "lease_id": "NULL::uuid",
    }  # fmt: skip
    values = {
        **{f"new_{name}": value for name, value in line.items()},
        "key_household_id": household, "key_cycle_id": cycle, "key_benefit_id": benefit,
        "key_subject_id": household, "subject_id": "NULL::uuid",
        "quantity": "1", "amount_rupiah": "150000", "card_id": card, "cycle_id": cycle,
        "benefit_id": benefit, "partner_id": f"'{FOOD_POINT}'::uuid", "id_lock": number,
        "event_id": "gen_random_uuid()", "event_type": "'redemption.recorded.v1'",
        "subject": f"({household})::text", "envelope": f"repeat('x', {ENVELOPE_BYTES})",
    }  # fmt: skip
    statements = (SITUATION_BY_BENEFIT, RECORD, outbox.INSERT)
    return "\n".join(
        (
            "\\set k :k + 1",
            f"\\set n {first} + :client_id * {families_each} + :k",
            "BEGIN;",
            *(f"{as_sql(statement, values)};" for statement in statements),
            "COMMIT;",
            "",
        )
    )


def as_sql(statement: ClauseElement, values: dict[str, str]) -> str:
    """Return a prebuilt statement as one line of SQL with these expressions for its parameters."""
    dialect: Any = postgresql.dialect(paramstyle="pyformat")
    compiled = statement.compile(dialect=dialect)
    extra = {
        name: str(value) for name, value in compiled.params.items() if isinstance(value, str | int)
    }
    quoted = {name: f"'{value}'" if not value.isdigit() else value for name, value in extra.items()}
    said = PARAMETER.sub(lambda found: {**quoted, **values}[found[1]], str(compiled))
    return " ".join(said.replace("%%", "%").split())


def run(url: str, folder: Path, text: str, clients: int, seconds: int) -> dict[str, float]:
    """Run the script and return its rate and latency; raises when any client failed."""
    path = folder / "redeem.sql"
    path.write_text(text)
    command = [
        str(program("pgbench")), "--no-vacuum", "--protocol=prepared", "--define=k=0",
        f"--client={clients}", "--jobs=2", f"--time={seconds}", f"--file={path}",
        url.replace("postgresql+asyncpg://", "postgresql://"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rate, latency = RATE.search(done.stdout), LATENCY.search(done.stdout)
    if rate is None or latency is None or "number of failed transactions: 0" not in done.stdout:
        raise RuntimeError(done.stdout + done.stderr)
    return {"per_s": float(rate[1]), "mean_ms": float(latency[1])}
