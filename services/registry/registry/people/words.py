"""What relations, states of life and facts about people are called on screen."""

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
SEXES = {"M": N_("Laki-laki"), "F": N_("Perempuan")}
# The word for a state of life, and what it means for the reader.
LIFE = {
    "alive": (N_("Hidup"), "good"),
    "dead": (N_("Meninggal"), "bad"),
    "moved": (N_("Pindah"), "wait"),
    "missing": (N_("Hilang"), "wait"),
    "merged": (N_("Digabung"), "plain"),
}
MARITAL = {
    "single": N_("belum kawin"),
    "married": N_("kawin"),
    "divorced": N_("cerai hidup"),
    "widowed": N_("cerai mati"),
}
FACTS = {
    "dtsen.decile": N_("Desil DTSEN"),
    "dukcapil.match": N_("Pencocokan Dukcapil"),
    "roster.pkh": N_("Penerima PKH"),
    "roster.sembako": N_("Penerima Sembako"),
    "roster.blt_dd": N_("Penerima BLT Dana Desa"),
    "roster.bst": N_("Penerima Bantuan Sosial Tunai"),
    "roster.pip": N_("Penerima Indonesia Pintar"),
    "roster.pbi": N_("Peserta PBI"),
    "roster.scholarship": N_("Penerima beasiswa"),
    "roster.civil_servant": N_("Aparatur sipil negara"),
}
# Values of facts that are words of ours; a decile is its own word.
FACT_VALUES = {
    "yes": N_("ya"),
    "no": N_("tidak"),
    "matched": N_("cocok"),
    "not_matched": N_("tidak cocok"),
    "dead": N_("meninggal"),
    "moved": N_("pindah"),
}
