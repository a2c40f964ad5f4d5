"""Words that several pages of entitlements show."""

from typing import Any

from common.web.languages import N_

MOVES = {
    "grant": N_("Diberikan oleh daftar"),
    "redemption": N_("Diambil"),
    "reversal": N_("Pembatalan"),
    "adjustment": N_("Perubahan oleh keuangan"),
    "expiry": N_("Berakhir bersama tahapnya"),
    "payout": N_("Perintah bayar ke bank"),
    "payout_return": N_("Dikembalikan oleh bank"),
}
STANDINGS = {
    "running": (N_("Berlaku"), "good"),
    "suspended": (N_("Ditangguhkan"), "wait"),
    "ended": (N_("Berakhir"), "bad"),
}
WORDS: dict[str, Any] = {"move_words": MOVES, "standing_words": STANDINGS}
