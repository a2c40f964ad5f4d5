"""Hamlets, neighbourhoods, addresses and birthplaces."""

from dataclasses import dataclass

from common.regions import region_name
from population.randomness import Dice
from population.sizes import Village

HAMLETS = (
    "HANDIL BARU", "HANDIL RAYA", "SEI JAYA", "SEI HAMPAR", "TELUK HANAU", "TELUK BAYUR",
    "PULAU BESAR", "TANJUNG HARAPAN", "TANJUNG PUSAKA", "MUARA PAGER", "BUKIT LITI", "BUKIT RAWI",
    "DANAU PURUN", "DANAU SEPAN", "LEWU BARU", "LEWU TUHA", "BETANG HAPAKAT", "PETAK BEHANDANG",
    "KARYA MAKMUR", "KARYA BERSAMA", "SIDO MULYO", "SIDO REJO", "MEKAR SARI", "SUKA MAJU",
    "SUMBER REJEKI", "TUMBANG SEPAN", "RANTAU BAHAI", "LUWUK TINGANG", "SEBERANG", "PASAR LAMA",
)  # fmt: skip
STREETS = (
    "JL. TRANS KALIMANTAN", "JL. TJILIK RIWUT", "JL. POROS DESA", "JL. PATIH RUMBIH",
    "JL. TAMBUN BUNGAI", "JL. PELABUHAN", "JL. MERDEKA", "JL. KERUING", "JL. MERANTI",
    "JL. GARUDA", "JL. BELIBIS", "JL. TINGANG", "JL. SAMPING SUNGAI", "JL. USAHA TANI",
)  # fmt: skip
ELSEWHERE = {
    "ngaju": ("PALANGKA RAYA", "KUALA KURUN", "KASONGAN", "KUALA KAPUAS", "SAMPIT", "TEWAH"),
    "maanyan": ("TAMIANG LAYANG", "AMPAH", "BUNTOK", "MUARA TEWEH", "PURUK CAHU", "TANJUNG"),
    "banjar": ("BANJARMASIN", "KANDANGAN", "AMUNTAI", "BARABAI", "MARTAPURA", "NEGARA", "ALABIO"),
    "jawa": ("BLITAR", "KEDIRI", "NGANJUK", "PONOROGO", "WONOGIRI", "CILACAP", "KEBUMEN", "MALANG"),
}
ROWS_PER_HAMLET, ROWS_PER_RT = 260, 75
MOST_HAMLETS = 6


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a village a family lives; also the order of its file."""

    hamlet: str
    rw: str
    rt: str
    address: str | None


class Settlements:
    """One village's hamlets and its habits of writing them down."""

    def __init__(self, dice: Dice, village: Village) -> None:
        self.birthplace = village.name.upper()
        self.town = region_name(village.regency).partition(" ")[2].upper()
        self.in_town = village.is_kelurahan
        count = min(max(village.rows // ROWS_PER_HAMLET, 1) + 1, MOST_HAMLETS)
        start = dice.between(0, len(HAMLETS) - 1)
        self.hamlets = [HAMLETS[(start + 7 * place) % len(HAMLETS)] for place in range(count)]
        self._has_rw = self.in_town or dice.chance(0.4)
        self._has_addresses = self.in_town or dice.chance(0.3)
        self._rt_each = max(village.rows // (ROWS_PER_RT * count), 1)

    def place(self, dice: Dice) -> Place:
        """Return where one family lives."""
        hamlet = dice.between(0, len(self.hamlets) - 1)
        rt = hamlet * self._rt_each + dice.between(1, self._rt_each)
        rw = f"{hamlet // 2 + 1:03}" if self._has_rw else "-"
        address = None
        if self._has_addresses and dice.chance(0.85):
            address = f"{dice.pick(STREETS)} NO. {dice.between(1, 140)}"
        return Place(self.hamlets[hamlet], rw, f"{rt:03}", address)

    def born_at(self, dice: Dice, group: str, child: bool) -> str:
        """Return a birthplace: mostly here, older newcomers where their people come from."""
        share = dice.share()
        if share < (0.75 if child else 0.6) and not (group == "jawa" and not child):
            return self.birthplace
        if share < 0.85:
            return self.town if child or group != "jawa" else dice.pick(ELSEWHERE["jawa"])
        return dice.pick(ELSEWHERE[group])
