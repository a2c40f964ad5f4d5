"""What people read of a batch: its steps, whose turn it is, and the words of a difference."""

from collections.abc import Mapping
from typing import Any

from common.auth.principal import Principal
from common.web.languages import N_
from redemption.payments.rules import Batch

PURPOSE_WORDS = {"family_cash": N_("Tunai untuk keluarga"), "settlement": N_("Hak mitra")}
INSTRUCTION_WORDS = {
    "waiting": (N_("Menunggu bank"), "wait"),
    "paid": (N_("Dibayar"), "good"),
    "failed": (N_("Gagal"), "bad"),
    "withdrawn": (N_("Ditarik kembali"), "plain"),
}
DIFFERENCE_WORDS = {
    "unknown_line": N_("Perintah bayar ini tidak pernah kami kirim, atau sudah kami tarik."),
    "other_batch": N_("Perintah bayar ini ada di berkas lain. Unggah hasilnya di sana."),
    "duplicate": N_("Bank menyebutnya dua kali. Mungkin uangnya terkirim dua kali: tanyakan."),
    "amount_differs": N_("Jumlahnya tidak sama dengan yang diperintahkan."),
    "contradicts": N_("Bank mengatakan dua hal yang bertentangan tentang perintah ini."),
}
DECISION_WORDS = {
    "noted": N_("Hanya dicatat: keadaannya tetap"),
    "paid": N_("Sudah sampai: anggap dibayar"),
    "failed": N_("Tidak sampai atau kembali: haknya dibuka lagi"),
}


def steps(batch: Batch, counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return how far a batch is, with who did what and when."""
    if batch.state == "withdrawn":
        return [
            _step(N_("Disusun"), "done", batch.drawn_up_by_name, batch.drawn_up_at),
            _step(N_("Ditarik kembali"), "refused", batch.withdrawn_by_name, batch.withdrawn_at),
        ]
    reached = [
        (N_("Disusun"), batch.drawn_up_by_name, batch.drawn_up_at),
        (N_("Disetujui orang kedua"), batch.approved_by_name, batch.approved_at),
        (N_("Diunduh untuk bank"), batch.sent_by_name, batch.sent_at),
    ]
    found = []
    is_open = True
    for label, who, when in reached:
        state = "done" if when else ("now" if is_open else "todo")
        is_open = is_open and when is not None
        found.append(_step(label, state, who, when))
    is_answered = is_open and not counts["waiting"]
    found.append(
        _step(N_("Dijawab bank"), "done" if is_answered else ("now" if is_open else "todo"))
    )
    is_explained = is_answered and not counts["to_explain"]
    last = "done" if is_explained else ("now" if is_answered else "todo")
    found.append(_step(N_("Semua selisih dijelaskan"), last))
    return found


def _step(label: str, state: str, who: str | None = None, when: Any = None) -> dict[str, Any]:
    return {"label": label, "state": state, "who": who, "when": when}


def next_act(batch: Batch, counts: Mapping[str, Any], caller: Principal) -> str:
    """Return what this person can do now: approve, ask_colleague, fetch, wait, explain, …."""
    if batch.state == "withdrawn":
        return "none"
    if batch.state == "drawn_up" and batch.run_id is not None:
        return "in_run"
    if batch.state == "drawn_up":
        return "ask_colleague" if batch.drawn_up_by == caller.subject else "approve"
    if batch.sent_at is None:
        return "fetch"
    if counts["to_explain"]:
        return "explain"
    return "wait" if counts["waiting"] else "none"
