"""The words for kinds and states of changes, for every page that names one."""

from common.web.languages import N_

# In the order in which they are offered: the word, and when to choose it.
KINDS: dict[str, tuple[str, str]] = {
    "person_died": (
        N_("Ada anggota yang meninggal"),
        N_("Juga bila kepala keluarga meninggal: kepala keluarga yang baru dipilih sekaligus."),
    ),
    "head_changed": (
        N_("Kepala keluarga berganti"),
        N_("Bukan karena meninggal. Kartunya diganti atas nama yang baru."),
    ),
    "moved_in_province": (
        N_("Pindah ke desa lain di Kalimantan Tengah"),
        N_("Penetapan dan kartunya ikut. Dikonfirmasi di tempat tujuan."),
    ),
    "moved_out": (
        N_("Pindah ke luar Kalimantan Tengah"),
        N_("Penetapannya berakhir dan kartunya dicabut."),
    ),
    "split": (
        N_("Sebagian anggota membentuk keluarga sendiri"),
        N_("Menikah, bercerai, atau pisah KK. Kartu dan penetapan tetap pada satu bagian."),
    ),
    "merge": (
        N_("Keluarga lain bergabung ke keluarga ini"),
        N_("Penetapan dan kartu keluarga yang bergabung berakhir."),
    ),
    "kk_changed": (
        N_("Nomor KK berganti"),
        N_("Keluarganya tetap sama; hanya nomornya yang baru."),
    ),
    "suspend": (
        N_("Bantuan ditangguhkan"),
        N_("Sampai suatu tanggal, misalnya selama pemeriksaan. Hak keluarga tidak hilang."),
    ),
    "resume": (
        N_("Penangguhan dicabut"),
        N_("Bantuan dapat diambil lagi dengan sisa haknya."),
    ),
    "leave": (
        N_("Keluar dari program"),
        N_("Atas permintaan keluarga atau keputusan dinas. Penetapannya berakhir."),
    ),
}
CORRECTION = N_("Pembatalan perubahan yang keliru")
STATES = {
    "recorded": (N_("Menunggu"), "wait"),
    "confirmed": (N_("Dikonfirmasi"), "good"),
    "returned": (N_("Dikembalikan"), "bad"),
    "withdrawn": (N_("Ditarik"), "plain"),
}
