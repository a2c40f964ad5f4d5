"""The record of processing activities (UU 27/2022 art. 31): what is done with whose data, and why.

Data, not rules: the page shows it, the README points to it, and a site edits it.
"""

from dataclasses import dataclass

from common.web.languages import N_


@dataclass(frozen=True, slots=True)
class Activity:
    """One purpose for which personal data are processed."""

    purpose: str
    data: str
    subjects: str
    legal_basis: str
    recipients: str
    kept: str


ACTIVITIES = (
    Activity(
        N_("Mencatat keluarga dan anggotanya dari berkas desa, Dukcapil, dan lembaga lain"),
        N_(
            "Nama, NIK, nomor KK, tanggal lahir, hubungan keluarga, alamat, telepon; "
            "desil DTSEN dan daftar bantuan lain"
        ),
        N_("Warga desa, termasuk anak"),
        N_("UU 27/2022 pasal 20 ayat (2) huruf e: pelayanan publik; UU 23/2006 untuk NIK dan KK"),
        N_("Petugas desa, kabupaten, dan provinsi menurut wilayahnya"),
        N_("5 tahun setelah meninggal atau pindah; 10 tahun bila ada catatan bantuan"),
    ),
    Activity(
        N_("Mencocokkan catatan ganda dan memutuskan kelayakan menurut kriteria"),
        N_("Fakta bertanggal, hasil tiap kriteria, alasan peninjauan"),
        N_("Keluarga yang tercatat"),
        N_(
            "UU 27/2022 pasal 20 ayat (2) huruf e dan pasal 34: keputusan otomatis "
            "selalu dapat ditinjau orang dan disanggah"
        ),
        N_("Verifikator, penyetuju, dan keluarga yang bersangkutan"),
        N_("Selama penetapannya disimpan"),
    ),
    Activity(
        N_("Menetapkan penerima, menerbitkan kartu, dan mencatat bantuan yang diterima"),
        N_("Nomor dalam keluarga, nama pada kartu, bantuan, tempat, dan waktu"),
        N_("Keluarga penerima"),
        N_("UU 27/2022 pasal 20 ayat (2) huruf e; surat keputusan gubernur tiap daftar"),
        N_("Layanan kartu, mitra penyalur, keuangan daerah: hanya yang dipakai tugasnya"),
        N_("10 tahun sejak bantuan terakhir"),
    ),
    Activity(
        N_("Melayani sanggahan dan permintaan subjek data"),
        N_("Isi permintaan, bukti diri yang dilihat, putusan dan alasannya"),
        N_("Pemohon"),
        N_("UU 27/2022 pasal 5 sampai 15"),
        N_("Petugas pelindungan data, pemutus sanggahan"),
        N_("5 tahun sejak dijawab"),
    ),
    Activity(
        N_("Mencatat siapa membuka dan mengubah data"),
        N_("Akun petugas, waktu, tindakan, nomor dalam keluarga; tanpa NIK dan nama warga"),
        N_("Petugas dan keluarga yang dilihat"),
        N_("UU 27/2022 pasal 31, 35, dan 39"),
        N_("Pengawas dan petugas pelindungan data; warga tentang dirinya sendiri"),
        N_("Tidak dihapus"),
    ),
    Activity(
        N_("Menerbitkan data agregat"),
        N_("Jumlah menurut wilayah; sel kecil ditutup"),
        N_("Tidak ada orang yang dapat dikenali"),
        N_("Perpres 39/2019 Satu Data Indonesia"),
        N_("Umum"),
        N_("Selama berguna"),
    ),
)
