"""What people read of a run: how far it is, whose turn it is, and its sums."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.auth.principal import Principal
from common.web.languages import N_
from redemption.payments.run_rules import UNDER_WORK, WITHDRAWABLE, Run

RUN_WORDS = {
    "drawing": (N_("Sedang disusun"), "wait"),
    "drawn_up": (N_("Menunggu persetujuan"), "wait"),
    "empty": (N_("Tidak ada yang dapat dibayar"), "plain"),
    "approved": (N_("Disetujui"), "good"),
    "sent": (N_("Di bank"), "wait"),
    "partial": (N_("Sebagian dijawab"), "wait"),
    "completed": (N_("Selesai"), "good"),
    "withdrawing": (N_("Sedang ditarik kembali"), "wait"),
    "withdrawn": (N_("Ditarik kembali"), "plain"),
}
SUMMED = (
    "paid", "failed", "waiting", "paid_rupiah", "failed_rupiah", "waiting_rupiah", "to_explain",
)  # fmt: skip


def sums_of(files: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return what the bank said of all files together, and of how many it could."""
    sums = {name: sum(row[name] for row in files) for name in SUMMED}
    return {**sums, "sent": sum(row["sent_at"] is not None for row in files)}


def run_state(run: Run, sums: Mapping[str, int]) -> str:
    """Return a run's state as people read it."""
    if run.state != "approved":
        return run.state
    if not sums["sent"]:
        return "approved"
    if sums["waiting"]:
        return "partial" if sums["paid"] + sums["failed"] else "sent"
    return "completed"


def next_act(run: Run, sums: Mapping[str, int], caller: Principal) -> str:
    """Return what this person can do now: approve, ask_colleague, fetch, explain, wait, …."""
    if run.state in (*UNDER_WORK, "withdrawn", "empty"):
        return run.state
    if run.state == "drawn_up":
        return "ask_colleague" if run.drawn_up_by == caller.subject else "approve"
    if sums["sent"] < run.files:
        return "fetch"
    if sums["to_explain"]:
        return "explain"
    return "wait" if sums["waiting"] else "none"


def run_steps(run: Run, sums: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return how far a run is, with who did what and when."""
    is_drawn = run.state != "drawing"
    is_sent = run.state == "approved" and sums["sent"] == run.files
    is_answered = is_sent and not sums["waiting"]
    reached = [
        (N_("Disusun"), is_drawn, run.drawn_up_by_name, run.drawn_up_at),
        (N_("Disetujui orang kedua"), bool(run.approved_at), run.approved_by_name, run.approved_at),
        (N_("Diunduh untuk bank"), is_sent, None, None),
        (N_("Dijawab bank"), is_answered, None, None),
        (N_("Semua selisih dijelaskan"), is_answered and not sums["to_explain"], None, None),
    ]
    found: list[dict[str, Any]] = []
    is_open = True
    for label, is_done, who, when in reached:
        state = "done" if is_done else ("now" if is_open else "todo")
        is_open = is_open and is_done
        found.append({"label": label, "state": state, "who": who, "when": when})
    return found


def may_withdraw(run: Run, sums: Mapping[str, int]) -> bool:
    """Tell whether the run can still be taken back."""
    return run.state in WITHDRAWABLE and not sums["sent"]
