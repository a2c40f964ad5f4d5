"""What people read of a settlement: its steps, whose turn it is, and the words of its acts."""

from collections.abc import Mapping, Sequence
from typing import Any

from common.web.languages import N_
from redemption.settlement.act_rules import Settlement

ACT_WORDS = {
    "drawn_up": N_("Disusun"),
    "sent": N_("Dikirim ke mitra"),
    "agreed": N_("Disepakati mitra"),
    "disputed": N_("Disanggah mitra"),
    "answered": N_("Sanggahan dijawab"),
    "approved": N_("Disetujui keuangan"),
    "withdrawn": N_("Ditarik kembali"),
}
# By act: the button, its kind, and the question that is asked first.
BUTTONS = {
    "sent": (N_("Kirim ke mitra"), "primary", ""),
    "agreed": (N_("Sepakati jumlah ini"), "primary", N_("Sepakati pelunasan ini?")),
    "disputed": (N_("Sanggah jumlah ini"), "secondary", ""),
    "answered": (N_("Jawab dan kirim lagi"), "primary", ""),
    "approved": (N_("Setujui untuk dibayar"), "primary", N_("Setujui pelunasan ini?")),
    "withdrawn": (N_("Tarik kembali"), "danger", N_("Tarik kembali pelunasan ini?")),
}
KIND_WORDS = {
    "redemption": N_("Diserahkan"),
    "reversal": N_("Pembatalan"),
    "conflict": N_("Penyerahan tanpa jaringan yang bertentangan"),
    "judgement": N_("Putusan atas pertentangan"),
    "carried": N_("Pindahan dari masa sebelumnya"),
}
# By state: whose turn it is.
TURNS = {
    "drawn_up": N_("Keuangan mengirimnya ke mitra."),
    "sent": N_("Mitra memeriksa, lalu menyepakati atau menyanggah."),
    "disputed": N_("Keuangan menjawab sanggahan, atau menarik kembali dan menghitung ulang."),
    "agreed": N_("Orang kedua di keuangan menyetujui."),
    "approved": N_("Keuangan menyusun pembayaran."),
    "paying": N_("Bank sedang membayar."),
    "payment_failed": N_("Bank gagal membayar. Keuangan memperbaiki rekening, lalu mengirim lagi."),
    "settled": N_("Selesai."),
    "carried": N_("Selesai. Kelebihan bayar dikurangkan pada masa berikut."),
    "withdrawn": N_("Ditarik kembali. Barisnya dihitung lagi pada pelunasan lain."),
}
ORDER = ("drawn_up", "sent", "agreed", "approved", "paying", "settled")
STEP_WORDS = {
    "drawn_up": N_("Disusun keuangan"),
    "sent": N_("Dikirim ke mitra"),
    "agreed": N_("Disepakati mitra"),
    "approved": N_("Disetujui orang kedua"),
    "paying": N_("Dikirim ke bank"),
    "settled": N_("Lunas"),
}


def steps(one: Settlement, acts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return how far a settlement is, with who did what last."""
    last = {row["act"]: row for row in acts}
    state = {"disputed": "sent", "payment_failed": "paying", "carried": "settled"}.get(
        one.shown_state, one.shown_state
    )
    reached = ORDER.index(state) if state in ORDER else 0
    is_over = state == "settled"
    found = []
    for place, word in enumerate(ORDER):
        did = last.get(word) if place <= reached else None
        how = "done" if place <= reached else ("now" if place == reached + 1 else "todo")
        if word == "agreed" and one.state == "disputed":
            how, did = "refused", last.get("disputed")
        if word == "paying" and one.shown_state == "payment_failed":
            how = "refused"
        found.append(
            {
                "label": STEP_WORDS[word],
                "state": "done" if is_over else how,
                "who": did["by_name"] if did else None,
                "when": did["at"] if did else None,
            }
        )
    return found
