"""The words of the list pages that stand for what is stored."""

from typing import Any

from common.web.languages import N_

STATES = {
    "proposing": (N_("Sedang disusun"), "wait"),
    "proposed": (N_("Menunggu verifikasi"), "wait"),
    "verified": (N_("Menunggu persetujuan"), "wait"),
    "awaiting_second": (N_("Perlu orang kedua"), "wait"),
    "approving": (N_("Sedang ditetapkan"), "wait"),
    "approved": (N_("Disetujui"), "good"),
    "returned": (N_("Dikembalikan"), "bad"),
}
STEPS = {
    "proposed": N_("Diusulkan"),
    "verified": N_("Diverifikasi"),
    "returned": N_("Dikembalikan"),
    "approved": N_("Disetujui"),
    "second_approved": N_("Disetujui sebagai orang kedua"),
}
# What the worker does to a list, which its page watches.
AT_WORK = {
    "proposing": N_("Keluarganya sedang didaftar"),
    "approving": N_("Keluarga sedang ditetapkan"),
}
FOUND = {"not_met": N_("Tidak terpenuhi"), "unknown": N_("Belum diketahui")}
ACTIONS = {
    "enter": (N_("Masuk"), "good"),
    "stay": (N_("Diteruskan"), "plain"),
    "leave": (N_("Keluar"), "bad"),
}
FINDINGS = {
    "as_recorded": (N_("Sesuai catatan"), "good"),
    "differs": (N_("Berbeda dari catatan"), "bad"),
    "not_found": (N_("Tidak ditemukan"), "bad"),
    "refuses": (N_("Menolak dikunjungi"), "wait"),
}
KINDS = {"full": N_("Daftar penuh"), "difference": N_("Daftar selisih")}
WORDS: dict[str, Any] = {
    "states": STATES,
    "step_words": STEPS,
    "found_words": FOUND,
    "at_work": AT_WORK,
    "actions": ACTIONS,
    "findings": FINDINGS,
    "kinds": KINDS,
}
