"""What the numbers of the progress page are called."""

from common.web.languages import N_

# The way of a family, in its order.
STEPS = ("families", "complete", "checked", "decided", "approved")

# Measure: its name, and what exactly is counted.
MEASURE_WORDS: dict[str, tuple[str, str]] = {
    "families": (N_("Terdata"), N_("Keluarga yang ada di data, dengan anggota yang hidup.")),
    "complete": (
        N_("Lengkap"),
        N_("Ada kepala keluarga yang hidup, dan semua anggota punya NIK dan tanggal lahir."),
    ),
    "checked": (N_("Bersih"), N_("Lengkap, dan tidak ada tanda periksa yang masih terbuka.")),
    "flagged": (N_("Bertanda"), N_("Ada tanda periksa yang belum diselesaikan.")),
    "decided": (
        N_("Diputuskan"),
        N_("Kriteria sudah memberi jawaban; yang menunggu tinjauan belum dihitung."),
    ),
    "approved": (N_("Ditetapkan"), N_("Masuk daftar penerima yang disetujui pada tahap berjalan.")),
}

# How dark a village is drawn: words for steps 0 to 5 of `common.shares.step_of`.
LEGEND: tuple[tuple[int, str], ...] = (
    (0, N_("belum ada data")),
    (1, N_("0%%")),
    (2, N_("di bawah 50%%")),
    (3, N_("50–89%%")),
    (4, N_("90–99%%")),
    (5, N_("semua")),
)
