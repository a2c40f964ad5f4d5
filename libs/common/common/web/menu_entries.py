"""Every page that the menu offers, in its order; `menu` says to whom it is shown."""

from dataclasses import dataclass

from common.web.languages import N_

Permission = str | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A page that people go to. Several permissions mean: any of them is enough."""

    href: str
    label: str
    permission: Permission
    service: str
    icon: str
    hint: str = ""


SERVICES = {
    "registry": N_("Warga dan penerima"),
    "issuance": N_("Penerbitan kartu"),
    "redemption": N_("Mitra dan penebusan"),
}

MENU: tuple[MenuEntry, ...] = (
    MenuEntry(
        "/households",
        N_("Keluarga"),
        "people.read",
        "registry",
        "people",
        N_("Cari keluarga dan anggotanya, dan lihat dari mana setiap datanya berasal."),
    ),
    MenuEntry(
        "/imports",
        N_("Impor berkas"),
        "intake.upload",
        "registry",
        "file-earmark-arrow-up",
        N_("Unggah berkas penduduk dari desa, periksa barisnya, lalu simpan yang benar."),
    ),
    MenuEntry(
        "/received",
        N_("Laporan instansi lain"),
        "intake.commit",
        "registry",
        "envelope",
        N_("Terima atau tolak kabar dari program lain tentang siapa yang menerima bantuannya."),
    ),
    MenuEntry(
        "/matches",
        N_("Data ganda"),
        "matching.review",
        "registry",
        "intersect",
        N_("Bandingkan dua catatan yang mungkin orang yang sama, lalu putuskan."),
    ),
    MenuEntry(
        "/flags",
        N_("Tanda periksa"),
        "flags.manage",
        "registry",
        "flag",
        N_("Lihat keluarga yang ditandai dan selesaikan tanda yang menahan daftar."),
    ),
    MenuEntry(
        "/programmes",
        N_("Program & kriteria"),
        "programmes.read",
        "registry",
        "journal-check",
        N_("Lihat program bantuan, dasar hukumnya, dan kriteria yang berlaku."),
    ),
    MenuEntry(
        "/lists",
        N_("Daftar penerima"),
        ("lists.propose", "lists.verify", "lists.approve"),
        "registry",
        "list-check",
        N_("Usulkan, verifikasi, atau setujui daftar keluarga penerima."),
    ),
    MenuEntry(
        "/changes",
        N_("Perubahan keluarga"),
        ("changes.record", "changes.confirm"),
        "registry",
        "house-gear",
        N_("Catat keluarga yang pindah, berpisah, atau berduka, dan akibatnya pada kartu."),
    ),
    MenuEntry(
        "/objections",
        N_("Sanggah"),
        ("objections.receive", "objections.decide"),
        "registry",
        "chat-square-text",
        N_("Terima keberatan keluarga atas keputusan, dan putuskan sebelum batas waktunya."),
    ),
    MenuEntry(
        "/progress",
        N_("Kemajuan pendataan"),
        "reports.read",
        "registry",
        "map",
        N_("Lihat per wilayah berapa yang sudah didata, diperiksa, diputuskan, dan disetujui."),
    ),
    MenuEntry(
        "/datasets",
        N_("Satu Data"),
        ("datasets.prepare", "datasets.publish"),
        "registry",
        "database",
        N_("Siapkan, periksa, dan terbitkan data agregat untuk umum."),
    ),
    MenuEntry(
        "/personal-data/decisions",
        N_("Putusan data pribadi"),
        "changes.confirm",
        "registry",
        "shield-lock",
        N_("Putuskan perbaikan dan penghapusan data yang diminta warga."),
    ),
    MenuEntry(
        "/personal-data",
        N_("Data pribadi"),
        "privacy.manage",
        "registry",
        "shield-lock",
        N_("Layani permintaan salinan, perbaikan, dan pembatasan data seseorang."),
    ),
    MenuEntry(
        "/accounts",
        N_("Akun"),
        "accounts.manage",
        "registry",
        "person-gear",
        N_("Atur siapa yang boleh masuk, perannya, dan wilayahnya."),
    ),
    MenuEntry(
        "/audit",
        N_("Jejak audit"),
        "audit.read",
        "registry",
        "clock-history",
        N_("Lihat siapa membuka atau mengubah data, kapan, dan untuk apa."),
    ),
    MenuEntry(
        "/cards",
        N_("Kartu"),
        "cards.read",
        "issuance",
        "credit-card-2-front",
        N_("Cari kartu, serahkan kepada keluarga, blokir yang hilang."),
    ),
    MenuEntry(
        "/handovers",
        N_("Serah terima di desa"),
        "handovers.record",
        "issuance",
        "geo-alt",
        N_("Bawa daftar kartu satu desa, serahkan tanpa sinyal, lalu kirim setelahnya."),
    ),
    MenuEntry(
        "/prints",
        N_("Cetak"),
        "cards.print",
        "issuance",
        "printer",
        N_("Unduh lembar kartu yang siap dicetak."),
    ),
    MenuEntry(
        "/keys",
        N_("Kunci"),
        "keys.read",
        "issuance",
        "key",
        N_("Lihat kunci penanda tangan kartu dan masa berlakunya."),
    ),
    MenuEntry(
        "/counter",
        N_("Loket mitra"),
        "redemptions.redeem",
        "redemption",
        "qr-code-scan",
        N_("Pindai kartu, lihat hak keluarga, dan serahkan bantuannya."),
    ),
    MenuEntry(
        "/terminal/",
        N_("Terminal"),
        "terminals.use",
        "redemption",
        "phone",
        N_("Layani keluarga dengan telepon, juga tanpa sinyal, lalu kirim setelahnya."),
    ),
    MenuEntry(
        "/redemptions",
        N_("Penebusan"),
        "redemptions.read",
        "redemption",
        "receipt",
        N_("Lihat bantuan yang sudah diserahkan dan pembatalannya."),
    ),
    MenuEntry(
        "/partners",
        N_("Mitra"),
        "partners.read",
        "redemption",
        "shop",
        N_("Lihat sekolah, klinik, toko, dan titik pangan yang melayani kartu."),
    ),
    MenuEntry(
        "/terminals",
        N_("Daftar terminal"),
        "terminals.manage",
        "redemption",
        "phone",
        N_("Daftarkan telepon loket, lihat yang belum mengirim, cabut yang hilang."),
    ),
    MenuEntry(
        "/distributions",
        N_("Hari penyaluran"),
        "distributions.read",
        "redemption",
        "calendar-event",
        N_("Rencanakan hari dan tempat, ikuti jalannya, tutup dengan berita acara."),
    ),
    MenuEntry(
        "/cycles",
        N_("Tahap penyaluran"),
        "cycles.read",
        "redemption",
        "bar-chart",
        N_("Lihat berapa keluarga yang berhak, sudah mengambil, dan belum, per wilayah."),
    ),
    MenuEntry(
        "/entitlements",
        N_("Hak dan anggaran"),
        "entitlements.read",
        "redemption",
        "list-check",
        N_("Lihat hak satu keluarga, pagu tahap, dan perubahan dengan alasannya."),
    ),
    MenuEntry(
        "/offline-policies",
        N_("Aturan tanpa sinyal"),
        ("policies.propose", "policies.approve"),
        "redemption",
        "wifi-off",
        N_("Tetapkan apa yang boleh diserahkan tanpa sinyal kepada keluarga di luar pinjaman."),
    ),
    MenuEntry(
        "/conflicts",
        N_("Pertentangan"),
        "conflicts.read",
        "redemption",
        "intersect",
        N_("Putuskan penyerahan tanpa sinyal yang bertentangan, dan jurnal yang ditahan."),
    ),
    MenuEntry(
        "/signals",
        N_("Isyarat pengawasan"),
        "signals.read",
        "redemption",
        "flag",
        N_("Periksa hal yang tidak biasa beserta buktinya, lalu putuskan."),
    ),
    MenuEntry(
        "/complaints",
        N_("Pengaduan"),
        "complaints.receive",
        "redemption",
        "chat-square-text",
        N_("Terima pengaduan keluarga, beri nomornya, dan ikuti jawabannya."),
    ),
    MenuEntry(
        "/companions",
        N_("Wakil pengambil"),
        "companions.read",
        "redemption",
        "people",
        N_("Lihat siapa mengambil untuk siapa, hubungannya, dan alasannya."),
    ),
    MenuEntry(
        "/settlements",
        N_("Pelunasan mitra"),
        "settlement.read",
        "redemption",
        "cash-coin",
        N_("Hitung hak mitra per masa, setujui, bayar, dan cocokkan hasil bank."),
    ),
    MenuEntry(
        "/payments",
        N_("Bayar lewat bank"),
        "payments.manage",
        "redemption",
        "cash-coin",
        N_("Kirim perintah bayar ke bank, terima hasilnya, dan urus yang gagal."),
    ),
    MenuEntry(
        "/statements",
        N_("Rekap mitra"),
        "settlement.read",
        "redemption",
        "calculator",
        N_("Lihat berapa yang sudah diserahkan dan berapa yang menjadi hak mitra."),
    ),
)
