"""The words for signals: what was seen, never who is to blame."""

from typing import Any

from common.web.languages import N_

KINDS = {
    "companion_many_cards": N_("Satu orang mengambil untuk banyak keluarga"),
    "terminal_too_fast": N_("Penyerahan sangat cepat"),
    "far_places": N_("Tempat berjauhan dalam waktu singkat"),
    "whole_balances": N_("Saldo dihabiskan sekaligus"),
    "after_death": N_("Pengambilan setelah kabar kematian"),
    "pin_failures": N_("Banyak PIN salah"),
    "conflict_share": N_("Banyak pertentangan"),
}
# What may well explain it: read before anybody is asked.
MAYBE = {
    "companion_many_cards": N_(
        "Mungkin ia mewakili warga sakit atau lanjut usia di satu kampung. Tanyakan kepada desa."
    ),
    "terminal_too_fast": N_(
        "Mungkin beberapa petugas memakai satu terminal pada hari penyaluran, atau jam telepon "
        "keliru."
    ),
    "far_places": N_(
        "Mungkin jam telepon keliru, telepon mitra dipakai di desa lain, atau letak mitra tercatat "
        "salah."
    ),
    "whole_balances": N_(
        "Mungkin keluarga berbelanja sekali sebulan karena rumahnya jauh. Tanyakan barang apa "
        "yang diterima."
    ),
    "after_death": N_(
        "Mungkin ahli waris belum tahu aturannya, atau tanggal kematian tercatat keliru."
    ),
    "pin_failures": N_("Mungkin banyak pemegang kartu lupa PIN. Tawarkan PIN baru di loket kartu."),
    "conflict_share": N_(
        "Mungkin mitra bekerja tanpa sinyal dan tanpa pinjaman. Bantu mitra memakai pinjaman."
    ),
}
OUTCOMES = {
    "explained": (N_("Ada penjelasannya"), "good"),
    "follow_up": (N_("Ditindaklanjuti"), "wait"),
    "partner_suspended": (N_("Mitra ditangguhkan"), "bad"),
    "false_alarm": (N_("Isyarat keliru"), "plain"),
}
STATES = {
    "open": (N_("Belum dinilai"), "wait"),
    "second_look": (N_("Menunggu orang kedua"), "wait"),
    "closed": (N_("Selesai"), "good"),
}
WORDS: dict[str, Any] = {
    "signal_kinds": KINDS,
    "signal_maybe": MAYBE,
    "signal_outcomes": OUTCOMES,
    "signal_states": STATES,
}
