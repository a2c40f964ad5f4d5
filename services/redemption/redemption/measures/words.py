"""The words for limits, clocks and thresholds, and for what is set in them."""

from typing import Any

from common.web.languages import N_
from redemption.measures.rules import CLOCK, LIMIT, THRESHOLD

TOPICS = {
    LIMIT: N_("Batas wakil pengambil"),
    CLOCK: N_("Batas waktu pengaduan"),
    THRESHOLD: N_("Ambang isyarat"),
}
CODES = {
    LIMIT: {
        "family_same_address": N_("Keluarga serumah"),
        "family_elsewhere": N_("Keluarga di rumah lain"),
        "neighbour": N_("Tetangga"),
        "village_companion": N_("Pendamping desa"),
        "village_officer": N_("Aparat desa atau RT"),
        "other": N_("Lainnya"),
    },
    CLOCK: {
        "not_received": N_("Tidak menerima bantuan"),
        "collected_by_other": N_("Diambil orang lain"),
        "short_or_bad": N_("Timbangan kurang atau mutu buruk"),
        "asked_for_money": N_("Dimintai uang"),
        "refused_service": N_("Ditolak tanpa alasan"),
        "other": N_("Hal lain"),
    },
    THRESHOLD: {
        "companion_many_cards": N_("Satu orang mengambil untuk banyak keluarga"),
        "terminal_too_fast": N_("Penyerahan sangat cepat"),
        "far_places": N_("Tempat berjauhan dalam waktu singkat"),
        "whole_balances": N_("Saldo dihabiskan sekaligus"),
        "after_death": N_("Pengambilan setelah kabar kematian"),
        "pin_failures": N_("Banyak PIN salah"),
        "conflict_share": N_("Banyak pertentangan"),
    },
}
VALUES = {
    "families_max": N_("Paling banyak keluarga dalam satu tahap"),
    "authorised_max": N_("Paling banyak keluarga dengan kuasa tetap"),
    "is_refused_beyond": N_("Di atas batas ditolak"),
    "days": N_("Hari"),
    "is_working_days": N_("Hanya hari kerja"),
    "is_watched": N_("Diawasi"),
    "is_grave": N_("Dilihat dua orang"),
    "families": N_("Mulai dari berapa keluarga"),
    "acts": N_("Mulai dari berapa penyerahan"),
    "minutes": N_("Dalam berapa menit"),
    "km_per_hour": N_("Lebih cepat dari, km per jam"),
    "percent": N_("Mulai dari berapa persen"),
    "closing_acts": N_("Mulai dari berapa menjelang tutup"),
    "closing_minutes": N_("Berapa menit sebelum tutup"),
    "alone_days": N_("Hari setelah kematian: keluarga satu orang"),
    "head_days": N_("Hari setelah kematian: kepala keluarga"),
    "failures": N_("Mulai dari berapa PIN salah sehari"),
    "locks": N_("Mulai dari berapa kartu terkunci sehari"),
    "conflicts": N_("Paling sedikit berapa pertentangan"),
}
STATES = {
    "proposed": (N_("Menunggu orang kedua"), "wait"),
    "approved": (N_("Disetujui"), "good"),
    "refused": (N_("Ditolak"), "bad"),
    "withdrawn": (N_("Ditarik kembali"), "plain"),
}
WORDS: dict[str, Any] = {
    "topic_words": TOPICS,
    "code_words": CODES,
    "value_words": VALUES,
    "measure_states": STATES,
}
