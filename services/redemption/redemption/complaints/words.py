"""The words for complaints: what they are about, how far they are, how they ended."""

from typing import Any

from common.web.languages import N_

KINDS = {
    "not_received": N_("Tidak menerima bantuan"),
    "collected_by_other": N_("Diambil orang lain"),
    "short_or_bad": N_("Timbangan kurang atau mutu buruk"),
    "asked_for_money": N_("Dimintai uang"),
    "refused_service": N_("Ditolak tanpa alasan"),
    "other": N_("Hal lain"),
}
STATES = {
    "received": (N_("Belum ditangani"), "wait"),
    "assigned": (N_("Sedang ditangani"), "wait"),
    "answered": (N_("Sudah dijawab"), "good"),
    "reopened": (N_("Dibuka lagi"), "bad"),
}
OUTCOMES = {
    "upheld": (N_("Terbukti"), "good"),
    "partly": (N_("Terbukti sebagian"), "good"),
    "not_upheld": (N_("Tidak terbukti"), "plain"),
    "cannot_tell": (N_("Tidak dapat dipastikan"), "wait"),
    "withdrawn": (N_("Ditarik keluarga"), "plain"),
}
STEPS = {
    "received": N_("Diterima"),
    "assigned": N_("Ditangani"),
    "answered": N_("Dijawab"),
    "reopened": N_("Dibuka lagi atas permintaan keluarga"),
}
WORDS: dict[str, Any] = {
    "kind_words": KINDS,
    "complaint_states": STATES,
    "outcome_words": OUTCOMES,
    "step_words": STEPS,
}
