"""How this room says no, and how it says what became of a line."""

from common.problems import RefusalText

REFUSALS: dict[str, RefusalText] = {
    "journal_unknown": RefusalText(
        409,
        "Catatan ini belum dimulai di pusat",
        "This journal has not been begun here",
        "Muat ulang aplikasi: HP ini memulai lagi catatan yang sama lalu mengirim semuanya. "
        "Tidak ada yang hilang.",
        "Reload the app: this phone begins the same journal again and sends everything. "
        "Nothing is lost.",
    ),
    "journal_open": RefusalText(
        409,
        "Terminal ini masih punya catatan yang terbuka",
        "This terminal still has an open journal",
        "Kirim dahulu catatan {journal}, lalu lanjutkan di situ.",
        "Send journal {journal} first and go on in it.",
    ),
    "quarantine_full": RefusalText(
        409,
        "Terlalu banyak catatan terminal ini yang ditahan",
        "Too much of this phone's journal is held already",
        "Jangan hapus apa pun di telepon. Hubungi dinas: yang ditahan harus diperiksa dahulu.",
        "Delete nothing on the phone. Call the office: what is held must be reviewed first.",
    ),
    "conflict_judged": RefusalText(
        409,
        "Pertentangan ini sudah diputuskan oleh {by}",
        "This conflict was judged by {by} already",
        "Muat ulang halaman untuk membaca putusannya.",
        "Reload the page to read the judgement.",
    ),
    "quarantine_reviewed": RefusalText(
        409,
        "Catatan ini sudah diperiksa oleh {by}",
        "This journal was reviewed by {by} already",
        "Muat ulang halaman untuk membaca keputusannya.",
        "Reload the page to read the decision.",
    ),
    "operator_unknown": RefusalText(
        409,
        "Orang yang mencatat ini tidak dikenal di terminal ini",
        "Whoever wrote this is not known on this terminal",
        "Minta petugas masuk penuh di HP ini, lalu kirim lagi.",
        "Ask the operator to sign in fully on this phone, then send again.",
    ),
    "goods_not_allowed": RefusalText(
        409,
        "Jenis barang ini tidak boleh dibeli dengan bantuan ini",
        "This kind of goods cannot be bought with this benefit",
        "Pilih jenis barang yang tertera untuk bantuan ini.",
        "Choose a kind of goods that is named for this benefit.",
    ),
}
