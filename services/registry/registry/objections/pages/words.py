"""The words for objections: states, how they came, what was done."""

from typing import Any

from common.web.languages import N_

STATES = {
    "received": (N_("Belum diperiksa"), "wait"),
    "examined": (N_("Sudah diperiksa"), "wait"),
    "upheld": (N_("Dikabulkan"), "good"),
    "rejected": (N_("Ditolak"), "bad"),
    "withdrawn": (N_("Ditarik keluarga"), "plain"),
    "late_refused": (N_("Terlambat"), "bad"),
}
CAME_BY = {"counter": N_("Di loket"), "visit": N_("Kepada petugas yang datang")}
EXAMINED = {"visit": N_("Kunjungan ke rumah"), "documents": N_("Pemeriksaan berkas")}
STEPS = {
    "received": N_("Diterima"),
    "evidence_added": N_("Bukti ditambahkan"),
    "examined": N_("Diperiksa"),
    "late_accepted": N_("Keterlambatan diterima"),
    "late_refused": N_("Ditolak karena terlambat"),
    "upheld": N_("Dikabulkan"),
    "rejected": N_("Ditolak"),
    "withdrawn": N_("Ditarik"),
}
OUTCOMES = {
    "eligible": (N_("Layak"), "good"),
    "ineligible": (N_("Tidak layak"), "bad"),
    "needs_review": (N_("Perlu diperiksa"), "wait"),
}
FOUND = {
    "met": (N_("Terpenuhi"), "good"),
    "not_met": (N_("Tidak terpenuhi"), "bad"),
    "unknown": (N_("Belum diketahui"), "wait"),
}
WORDS: dict[str, Any] = {
    "state_words": STATES,
    "came_words": CAME_BY,
    "examined_words": EXAMINED,
    "step_words": STEPS,
    "outcome_words": OUTCOMES,
    "found_words": FOUND,
}
