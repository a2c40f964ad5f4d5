"""The words of the pages about files: states, layouts, fields and what stands in them."""

from collections.abc import Mapping
from typing import Any

from common.web.languages import N_

STATES = {
    "uploaded": (N_("Sedang dibaca"), "wait"),
    "needs_mapping": (N_("Menunggu kolomnya ditunjukkan"), "wait"),
    "staged": (N_("Siap diperiksa"), "wait"),
    "confirming": (N_("Menunggu orang kedua"), "wait"),
    "committing": (N_("Sedang disimpan"), "wait"),
    "committed": (N_("Tersimpan"), "good"),
    "refused": (N_("Tidak dapat dibaca"), "bad"),
    "withdrawn": (N_("Disisihkan"), "plain"),
    "undoing": (N_("Sedang dibatalkan"), "wait"),
    "undone": (N_("Dibatalkan"), "plain"),
}
LAYOUTS = {
    "opensid": N_("Penduduk (OpenSID)"),
    "siak": N_("Penduduk (SIAK)"),
    "bip2016": N_("Buku Induk Penduduk"),
    "regsosek": N_("Regsosek atau DTKS"),
    "khbs": N_("Penduduk (contoh berkas kami)"),
    "mapped": N_("Penduduk (kolom ditunjukkan)"),
    "aid_roster": N_("Peserta bantuan"),
    "dtsen": N_("Desil DTSEN"),
    "dukcapil_match": N_("Hasil pemadanan Dukcapil"),
}
FIELDS = {
    "nik": N_("NIK"),
    "household": N_("keluarga"),
    "name": N_("nama"),
    "sex": N_("jenis kelamin"),
    "born_on": N_("tanggal lahir"),
    "birth_place": N_("tempat lahir"),
    "relation": N_("hubungan"),
    "marital": N_("status kawin"),
    "status": N_("keadaan"),
    "address": N_("alamat"),
    "father_name": N_("nama ayah"),
    "mother_name": N_("nama ibu"),
    "phone": N_("telepon"),
    "village": N_("desa"),
    "fact": N_("isi"),
}
VALUES = {
    "M": N_("laki-laki"),
    "F": N_("perempuan"),
    "alive": N_("hidup"),
    "dead": N_("meninggal"),
    "moved": N_("pindah"),
    "missing": N_("hilang"),
    "single": N_("belum kawin"),
    "married": N_("kawin"),
    "divorced": N_("cerai hidup"),
    "widowed": N_("cerai mati"),
    "head": N_("kepala keluarga"),
    "husband": N_("suami"),
    "wife": N_("istri"),
    "child": N_("anak"),
    "child_in_law": N_("menantu"),
    "grandchild": N_("cucu"),
    "parent": N_("orang tua"),
    "parent_in_law": N_("mertua"),
    "other_family": N_("famili lain"),
    "helper": N_("pembantu"),
    "other": N_("lainnya"),
    "yes": N_("ya"),
    "no": N_("tidak"),
    "matched": N_("cocok"),
    "not_matched": N_("tidak cocok"),
}
SECOND = {
    "many_changed": N_("%(people)s orang berubah, dari %(living)s warga hidup yang tercatat."),
    "many_missing": N_("%(people)s dari %(living)s warga hidup tidak ada di berkas ini."),
    "many_facts": N_("%(people)s isi yang sudah tercatat menjadi lain."),
    "moves": N_("%(people)s baris memindahkan orang dari desa lain."),
}
WORDS: dict[str, Any] = {
    "states": STATES,
    "layouts": LAYOUTS,
    "fields": FIELDS,
    "values": VALUES,
}


def second_text(reason: Mapping[str, Any]) -> dict[str, Any]:
    """Return why a second person must look, as a message and the figures in it."""
    return {"text": SECOND[reason["code"]], "facts": {**reason, "living": reason.get("living", 0)}}
