"""Why a bank did not pay a family, in plain words, and what the family does next.

The codes are those of ISO 20022's external code set (ExternalStatusReason1Code), as banks put
them into pain.002; a bank's own words come as NARR. No account number belongs in any of them.
"""

from dataclasses import dataclass

from common.web.languages import N_


@dataclass(frozen=True, slots=True)
class Reason:
    """What happened, and what the family and finance do now; marked for translation."""

    what: str
    family: str
    finance: str


_BRING = N_("Keluarga membawa kartu dan KTP ke bank untuk memperbaiki rekeningnya.")
_WAIT = N_("Keluarga tidak perlu melakukan apa pun. Pembayaran akan dikirim lagi.")
_COUNTER = N_("Keluarga dapat mengambil uangnya di loket bank dengan kartu dan KTP.")
_AGAIN = N_("Kirim lagi dalam berkas berikutnya.")
_AFTER_FIX = N_("Kirim lagi setelah bank memastikan rekeningnya benar.")

REASONS: dict[str, Reason] = {
    "AC01": Reason(N_("Nomor rekening tidak dikenal bank."), _BRING, _AFTER_FIX),
    "AC04": Reason(N_("Rekeningnya sudah ditutup."), _BRING, _AFTER_FIX),
    "AC06": Reason(N_("Rekeningnya diblokir."), _BRING, _AFTER_FIX),
    "AG01": Reason(N_("Rekening ini tidak dapat menerima kiriman."), _BRING, _AFTER_FIX),
    "AM02": Reason(N_("Nilainya di atas batas rekening ini."), _COUNTER, _AFTER_FIX),
    "AM04": Reason(
        N_("Dana di rekening pengirim tidak cukup."),
        _WAIT,
        N_("Isi rekening pengirim, lalu kirim lagi dalam berkas berikutnya."),
    ),
    "AM05": Reason(
        N_("Bank menganggapnya kiriman ganda."),
        _WAIT,
        N_("Tanyakan kepada bank kiriman mana yang sudah dibayar sebelum mengirim lagi."),
    ),
    "BE01": Reason(N_("Nama pada rekening berbeda dengan nama di kartu."), _BRING, _AFTER_FIX),
    "MD07": Reason(
        N_("Menurut bank, pemilik rekening sudah meninggal."),
        N_("Keluarga melapor ke desa, agar kartu dan rekening diganti atas nama kepala baru."),
        N_("Periksa data keluarga di registri sebelum mengirim lagi."),
    ),
    "MS03": Reason(N_("Bank tidak menyebut alasannya."), _COUNTER, _AGAIN),
    "NARR": Reason(N_("Bank memberi alasan sendiri."), _COUNTER, _AFTER_FIX),
    "TM01": Reason(N_("Berkas sampai di bank setelah jam layanan."), _WAIT, _AGAIN),
    "returned": Reason(N_("Uang yang sudah dikirim dikembalikan oleh bank."), _BRING, _AFTER_FIX),
}
UNKNOWN = Reason(
    N_("Bank menolak dengan alasan yang belum kami kenal."),
    _COUNTER,
    N_("Tanyakan arti kode ini kepada bank sebelum mengirim lagi."),
)


def reason_of(code: str) -> Reason:
    """Return the words for a code; one that is not known has words too."""
    return REASONS.get(code, UNKNOWN)
