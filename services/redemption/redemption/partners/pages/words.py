"""The words of partners' pages: kinds, changes, fields, weekdays, values as people read them."""

from collections.abc import Callable
from datetime import date
from typing import Any

from common.regions import place_of
from common.web.formats import Formats
from common.web.languages import N_

KINDS = {
    "food_point": N_("Titik pangan"),
    "market": N_("Pasar atau toko"),
    "school": N_("Sekolah"),
    "clinic": N_("Klinik atau puskesmas"),
    "university": N_("Perguruan tinggi"),
    "bank": N_("Bank"),
}
CHANGES = {
    "onboard": N_("Mitra baru"),
    "details": N_("Nama, alamat, atau jam buka"),
    "terms": N_("Isi kontrak"),
    "account": N_("Rekening bank"),
    "suspend": N_("Penangguhan"),
    "lift": N_("Akhiri penangguhan"),
    "end": N_("Kerja sama berakhir"),
}
OUTCOMES = {
    "approved": N_("Disetujui"),
    "refused": N_("Ditolak"),
    "withdrawn": N_("Ditarik kembali"),
    "at_once": N_("Langsung berlaku"),
}
FIELDS = {
    "name": N_("Nama"),
    "kind": N_("Jenis"),
    "address": N_("Alamat"),
    "village_code": N_("Desa atau kelurahan letaknya"),
    "outside_code": N_("NPSN atau kode"),
    "region_codes": N_("Wilayah layanan"),
    "benefit_codes": N_("Bantuan yang boleh diberikan"),
    "contract_from": N_("Kontrak mulai"),
    "contract_until": N_("Kontrak sampai"),
    "hours": N_("Jam buka"),
    "account": N_("Nomor rekening"),
    "bank": N_("Bank"),
    "status": N_("Keadaan"),
}
WEEKDAYS = {
    1: N_("Senin"),
    2: N_("Selasa"),
    3: N_("Rabu"),
    4: N_("Kamis"),
    5: N_("Jumat"),
    6: N_("Sabtu"),
    7: N_("Minggu"),
}
NOTHING = "—"
Gettext = Callable[[str], str]


def in_words(_: Gettext, formats: Formats, field: str, value: Any) -> str:
    """Return a value of a change as people read it."""
    if field == "benefit_codes" and value == []:
        return _(N_("Semua yang diberikan jenisnya"))
    if field.startswith("contract") and value is None:
        return _(N_("Tanpa batas"))
    if value in (None, "", []):
        return NOTHING
    if field == "kind":
        return _(KINDS.get(value, value))
    if field == "village_code":
        return place_of(value)
    if field == "region_codes":
        return "; ".join(place_of(code) for code in value)
    if field == "benefit_codes":
        return ", ".join(value)
    if field.startswith("contract"):
        return formats.date(date.fromisoformat(value))
    if field == "hours":
        return "; ".join(
            f"{_(WEEKDAYS[weekday])} {opens}–{closes}" for weekday, opens, closes in value
        )
    return str(value)
