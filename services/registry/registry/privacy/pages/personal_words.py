"""Words of the pages about one person's data."""

from common.web.languages import N_

RETENTION = {
    "staged_rows": (
        N_("Baris berkas yang sudah selesai diperiksa"),
        N_("dihapus"),
        N_("sejak impor selesai"),
    ),
    "import_files": (
        N_("Berkas yang diunggah"),
        N_("dihapus; nama, sidik, dan jumlah barisnya tetap tercatat"),
        N_("sejak impor selesai"),
    ),
    "persons_without_payment": (
        N_("Orang yang meninggal atau pindah, tanpa catatan bantuan"),
        N_("nama, nomor, dan alamat dihapus; tanda nisan tetap"),
        N_("sejak meninggal atau pindah tercatat"),
    ),
    "persons_with_payment": (
        N_("Orang yang meninggal atau pindah, dengan catatan bantuan"),
        N_("nama, nomor, dan alamat dihapus; catatan bantuan tetap"),
        N_("sejak bantuan terakhir"),
    ),
    "subject_requests": (
        N_("Permintaan subjek data"),
        N_("nama pemohon dan isi permintaan dihapus; putusannya tetap"),
        N_("sejak dijawab"),
    ),
}
