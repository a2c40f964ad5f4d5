"""Words for what a programme gives, to whom, and where it can be used."""

from typing import Any

from common.web.languages import N_
from registry.people.words import RELATIONS

KINDS = {
    "parcel": N_("Paket yang diambil"),
    "cash": N_("Uang lewat bank"),
    "balance": N_("Saldo belanja"),
    "fee": N_("Biaya yang dibayar ke lembaga"),
    "service": N_("Layanan gratis"),
}
PLACES = {
    "food_point": N_("Titik pangan"),
    "market": N_("Pasar atau toko"),
    "school": N_("Sekolah"),
    "clinic": N_("Klinik atau puskesmas"),
    "university": N_("Perguruan tinggi"),
    "bank": N_("Bank"),
}
BENEFIT_WORDS: dict[str, Any] = {
    "benefit_kinds": KINDS,
    "benefit_places": PLACES,
    "relations": RELATIONS,
}
