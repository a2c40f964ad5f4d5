"""The words for who collects for whom."""

from common.web.languages import N_

# code: Indonesian, English.
RELATIONS = {
    "family_same_address": (N_("Keluarga serumah"), "Family at the same address"),
    "family_elsewhere": (N_("Keluarga di rumah lain"), "Family living elsewhere"),
    "neighbour": (N_("Tetangga"), "Neighbour"),
    "village_companion": (N_("Pendamping desa"), "Village companion"),
    "village_officer": (N_("Aparat desa atau RT"), "Village officer"),
    "other": (N_("Lainnya"), "Other"),
}
