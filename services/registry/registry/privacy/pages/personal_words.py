"""Words of the pages about one person's data."""

from common.web.languages import N_

RELATIONS = {
    "head": N_("Kepala keluarga"),
    "husband": N_("Suami"),
    "wife": N_("Istri"),
    "child": N_("Anak"),
    "child_in_law": N_("Menantu"),
    "grandchild": N_("Cucu"),
    "parent": N_("Orang tua"),
    "parent_in_law": N_("Mertua"),
    "other_family": N_("Famili lain"),
    "helper": N_("Pembantu"),
    "other": N_("Lainnya"),
}
LIFE = {
    "alive": N_("Hidup"),
    "dead": N_("Meninggal"),
    "moved": N_("Pindah"),
    "missing": N_("Hilang"),
    "merged": N_("Digabung"),
}
SEXES = {"M": N_("Laki-laki"), "F": N_("Perempuan")}
FACTS = {
    "dtsen.decile": N_("Desil DTSEN"),
    "roster.pkh": N_("Penerima PKH"),
    "roster.sembako": N_("Penerima Sembako"),
    "roster.blt_dd": N_("Penerima BLT Dana Desa"),
    "roster.bst": N_("Penerima Bantuan Sosial Tunai"),
    "roster.pip": N_("Penerima Indonesia Pintar"),
    "roster.pbi": N_("Peserta PBI"),
}
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
