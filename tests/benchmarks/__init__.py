"""Benchmarks: each module measures one thing and is entered in BENCHMARKS with what it gives."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Report:
    """What a run found: ratios (comparable between machines), figures (not), and the sizes used."""

    machine: dict[str, Any] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    sizes: dict[str, Any] = field(default_factory=dict)

    def merged_into(self, before: dict[str, Any]) -> dict[str, Any]:
        """Return an earlier run's results with this run's over them."""
        return {
            key: {**before.get(key, {}), **value} if isinstance(value, dict) else value
            for key, value in asdict(self).items()
        }


def _redeem_online(report: Report) -> None:
    from tests.benchmarks.redeem_online import measure

    measure(report)


def _rivals(report: Report) -> None:
    from tests.benchmarks.rivals import measure

    measure(report)


def _approval(report: Report) -> None:
    from tests.benchmarks.approval import measure

    measure(report)


def _import_vs_copy(report: Report) -> None:
    from tests.benchmarks.import_vs_copy import measure

    measure(report)


def _desk_search(report: Report) -> None:
    from tests.benchmarks.desk_search import measure

    measure(report)


def _approval_full(report: Report) -> None:
    from tests.benchmarks.approval_full import measure

    measure(report)


def _evaluate_vs_count(report: Report) -> None:
    from tests.benchmarks.evaluate_vs_count import measure

    measure(report)


def _link_pairs(report: Report) -> None:
    from tests.benchmarks.link_pairs import measure

    measure(report)


def _cards_pdf(report: Report) -> None:
    from tests.benchmarks.cards_pdf import measure

    measure(report)


def _degradation(report: Report) -> None:
    from tests.benchmarks.degradation import measure

    measure(report)


def _sign_vs_raw(report: Report) -> None:
    from tests.benchmarks.sign_vs_raw import measure

    measure(report)


def _cards_full(report: Report) -> None:
    from tests.benchmarks.cards_full import measure

    measure(report)


def _verify_vs_raw(report: Report) -> None:
    from tests.benchmarks.verify_vs_raw import measure

    measure(report)


def _open_cycle(report: Report) -> None:
    from tests.benchmarks.open_cycle import measure

    measure(report)


def _pay_cycle(report: Report) -> None:
    from tests.benchmarks.pay_cycle import measure

    measure(report)


def _sync_vs_pgbench(report: Report) -> None:
    from tests.benchmarks.sync_vs_pgbench import measure

    measure(report)


def _lease_village(report: Report) -> None:
    from tests.benchmarks.lease_village import measure

    measure(report)


# A benchmark is imported when it runs, so that one that cannot run hinders no other.
BENCHMARKS: dict[str, tuple[Callable[[Report], None], tuple[str, ...]]] = {
    "redeem_online": (
        _redeem_online,
        (
            *("redeem_online_vs_noop", "redeem_online_vs_pgbench", "redeem_p99_vs_p50"),
            *("redeem_online_64_vs_noop", "redeem_online_64_vs_pgbench", "redeem_64_p99_vs_p50"),
        ),
    ),
    "open_cycle": (_open_cycle, ("open_cycle_vs_insert", "open_cycle_persons_vs_insert")),
    "pay_cycle": (_pay_cycle, ("pay_cycle_orders_per_s", "pay_cycle_peak_mb")),
    "rivals": (_rivals, ("rivals_rounds_with_one_winner",)),
    "import": (_import_vs_copy, ("import_vs_copy",)),
    "approval_full": (_approval_full, ("approval_events_per_s", "relay_events_per_s")),
    "approval": (_approval, ("approval_to_first_redeemable_s", "approval_to_all_redeemable_s")),
    "desk_search": (_desk_search, ("desk_search", "desk_search_http")),
    "evaluate_vs_count": (_evaluate_vs_count, ("evaluate_vs_count", "what_if_province_s")),
    "cards_pdf": (_cards_pdf, ("cards_pdf_per_s", "cards_pdf_vs_qrcode", "cards_pdf_peak_mb")),
    "degradation": (_degradation, ("scan_worn_share", "scan_worn_vs_reference")),
    "link_pairs": (
        _link_pairs,
        ("link_precision", "link_recall", "link_minutes", "link_peak_mb"),
    ),
    "sign_vs_raw": (_sign_vs_raw, ("sign_vs_raw", "sign_cards_per_s", "sign_peak_mb")),
    "cards_full": (_cards_full, ("cards_full_vs_slowest_step", "cards_full_minutes")),
    "verify_vs_raw": (_verify_vs_raw, ("verify_vs_raw",)),
    "sync_vs_pgbench": (_sync_vs_pgbench, ("sync_vs_pgbench", "sync_lines_per_s")),
    "lease_village": (_lease_village, ("lease_village_kb", "lease_village_s")),
}
