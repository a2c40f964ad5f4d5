"""One redemption by itself as bare SQL, in as few statements as it takes, run by pgbench.

It is what the service would send for each redemption if no two shared a transaction: read and lock
all that it is judged by, take and write the line, tell the others.
"""

import re
import subprocess
from pathlib import Path

from tests.benchmarks.province import CARD_SQL, HOUSEHOLD_SQL
from tests.redemption.world import FOOD_POINT, VILLAGE

from common.events import BeneficiaryListApprovedV1
from local.postgres import program

# As long as a redemption's envelope is; pgbench would read a colon as a variable.
ENVELOPE_BYTES = 950
RATE = re.compile(r"tps = ([0-9.]+)")
LATENCY = re.compile(r"latency average = ([0-9.]+)")

READ = """
SELECT pg_advisory_xact_lock(:n), p.id, p.name, p.kind, p.address, p.outside_code, p.region_codes,
  p.status, c.card_id, c.household_id, c.region_code, c.expires_at, c.printed_name,
  coalesce(s.status, 'valid'),
  EXISTS (SELECT 1 FROM signing_keys k WHERE k.kid = c.kid AND k.state = 'compromised'), held.*
FROM partners p LEFT JOIN cards c ON c.card_id = {card}
LEFT JOIN card_statuses s ON s.card_id = c.card_id
LEFT JOIN LATERAL (
  SELECT e.id, e.cycle_id, e.benefit_id, e.subject_id, e.remaining_quantity, e.remaining_rupiah,
    e.version, e.standing, e.ends_at, e.lease_id, e.lease_terminal_id, e.leased_until, b.kind,
    b.name_id, b.name_en, b.unit_rupiah, b.partner_kinds, b.subject, b.goods_categories,
    y.opens_on, y.closes_on
  FROM entitlements e JOIN benefits b ON (b.cycle_id, b.id) = (e.cycle_id, e.benefit_id)
  JOIN cycles y ON y.id = e.cycle_id
  WHERE e.household_id = c.household_id AND e.cycle_id = {cycle} AND e.benefit_id = {benefit}
    AND e.subject_id = c.household_id FOR UPDATE OF e) held ON true
WHERE p.id = {partner}
"""
WRITE = """
WITH taken AS (
  UPDATE entitlements SET remaining_quantity = remaining_quantity - 1,
    remaining_rupiah = remaining_rupiah - 150000, version = version + 1
  WHERE household_id = {household} AND cycle_id = {cycle} AND benefit_id = {benefit}
    AND subject_id = {household} AND NOT EXISTS (SELECT 1 FROM redemptions r WHERE r.id = {act})
    AND NOT EXISTS (
      SELECT 1 FROM card_statuses s WHERE s.card_id = {card} AND s.status <> 'valid')
  RETURNING version)
INSERT INTO redemptions (id, household_id, cycle_id, benefit_id, subject_id, entitlement_id,
  card_id, card_reading, holder_check, region_code, quantity, amount_rupiah, remaining_quantity,
  remaining_rupiah, partner_id, partner_name, redeemed_by, redeemed_by_name, redeemed_at, mode)
SELECT {act}, {household}, {cycle}, {benefit}, {household}, {household}, {card}, 'scanned',
  'name_compared', '{village}', 1, 150000, 0, 0, {partner}, 'Titik Pangan Bukit Tunggal',
  '0193-operator', 'Orang Uji', now(), 'online'
FROM taken RETURNING (SELECT version FROM taken)
"""
TELL = """
INSERT INTO outbox (event_id, event_type, subject, envelope) VALUES
  (gen_random_uuid(), 'redemptions.recorded.v1', ({household})::text, repeat('x', {envelope}))
"""


def script(approved: BeneficiaryListApprovedV1, first: int, families_each: int) -> str:
    """Return a pgbench script: each client has its own stretch of families, from `first` on."""
    values = {
        "card": CARD_SQL.format(n=":n"),
        "household": HOUSEHOLD_SQL.format(n=":n"),
        "act": "('11111111-1111-7111-8111-' || lpad(to_hex((:n)::bigint), 12, '0'))::uuid",
        "cycle": f"'{approved.cycle.cycle_id}'::uuid",
        "benefit": f"'{approved.benefits[0].benefit_id}'::uuid",
        "partner": f"'{FOOD_POINT}'::uuid",
        "village": VILLAGE,
        "envelope": str(ENVELOPE_BYTES),
    }
    return "\n".join(
        (
            "\\set k :k + 1",
            f"\\set n {first} + :client_id * {families_each} + :k",
            "BEGIN;",
            *(" ".join(one.format(**values).split()) + ";" for one in (READ, WRITE, TELL)),
            "COMMIT;",
            "",
        )
    )


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
