"""The words for why an enrolment ends, waits or goes on."""

from common.web.languages import N_

# A list's reason; every other one belongs to a change in a family's life or to an objection.
NOT_ELIGIBLE = "not_eligible"
# On screen, by the word that is stored and sent.
REASONS: dict[str, str] = {
    NOT_ELIGIBLE: N_("Tidak lagi memenuhi kriteria"),
    "eligible_again": N_("Kembali memenuhi kriteria"),
    "dead": N_("Semua anggota keluarga meninggal"),
    "head_dead": N_("Kepala keluarga meninggal; menunggu kepala keluarga baru"),
    "new_head": N_("Kepala keluarga baru sudah dicatat"),
    "moved_out": N_("Pindah ke luar provinsi"),
    "moved": N_("Pindah wilayah; menunggu pemeriksaan"),
    "returned": N_("Kembali tinggal di wilayah ini"),
    "merged": N_("Digabung dengan keluarga lain"),
    "split": N_("Keluarga dipecah"),
    "gave_up": N_("Mengundurkan diri"),
    "suspected": N_("Menunggu pemeriksaan"),
    "cleared": N_("Sudah diperiksa"),
    "objection_upheld": N_("Sanggahan diterima"),
    "mistake": N_("Kesalahan pencatatan"),
}
# Benefits that go on during the grace period: care and fees, not goods or money.
KEPT_KINDS = frozenset({"service", "fee"})
