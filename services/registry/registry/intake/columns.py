"""What the columns of an unknown file may be: what we look for, what they look like, a guess."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rapidfuzz.fuzz import ratio

from common.web.languages import N_
from registry.intake.layouts import dtsen, dukcapil_match, khbs, opensid, people, siak
from registry.intake.layouts.mapped import DECILES, DUKCAPIL, PEOPLE
from registry.intake.layouts.shape import header_key

ALIKE = 62.0
# A heading that fits and content that fits count alike up to this many points.
CONTENT_POINTS = 40.0
GUESSED_FROM = 78.0
ROWS_JUDGED = 20
FITS_FROM = 0.5
TELLING = frozenset({"sex", "relation", "marital"})
TELLING_ROWS_MIN = 3


@dataclass(frozen=True, slots=True)
class Target:
    """A column that we look for; `shapes` are what its cells may look like, if that is known."""

    label: str
    shapes: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file may be about, and the columns that make it so."""

    label: str
    targets: Mapping[str, Target]
    needed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Place:
    """A column of the file: its heading, and what the cells below look like."""

    heading: str
    shapes: Sequence[str] = field(default_factory=tuple)


def _target(name: str, label: str, shapes: str = "", words: str = "") -> Target:
    known = {word for names in LAYOUT_NAMES for word in names.get(name, ())}
    known |= {name, *words.split()}
    return Target(label, frozenset(shapes.split()), tuple(sorted(known)))


LAYOUT_NAMES: tuple[Mapping[str, Sequence[str]], ...] = (
    khbs.NAMES,
    opensid.NAMES,
    siak.NAMES,
    dtsen.NAMES,
    dukcapil_match.NAMES,
)
PEOPLE_TARGETS = {
    "no_kk": _target(
        "no_kk", N_("Nomor KK"), "number again damaged",
        "nomor_kartu_keluarga no_kartu_keluarga kartu_keluarga nkk kk",
    ),
    "nik": _target("nik", N_("NIK"), "number damaged", "no_ktp nomor_induk nik_ktp no_nik"),
    "nama": _target("nama", N_("Nama"), "words", "nama_lengkap nama_warga nama_art nama_anggota"),
    "jenis_kelamin": _target("jenis_kelamin", N_("Jenis kelamin"), "sex code", "jk l_p lp gender"),
    "tanggal_lahir": _target(
        "tanggal_lahir", N_("Tanggal lahir"), "date serial", "tgl_lahir tgl_lhr lahir"
    ),
    "hubungan": _target(
        "hubungan", N_("Hubungan dalam keluarga"), "relation code",
        "hubungan_keluarga hub_keluarga status_hubungan hubungan_dengan_kepala_keluarga hdkk",
    ),
    "tempat_lahir": _target("tempat_lahir", N_("Tempat lahir"), "words", "tmp_lahir tmpt_lahir"),
    "status_kawin": _target(
        "status_kawin", N_("Status kawin"), "marital code", "status_perkawinan perkawinan"
    ),
    "status": _target("status", N_("Keadaan (hidup, mati, pindah)"), "status code", "keadaan"),
    "alamat": _target("alamat", N_("Alamat"), "", "alamat_lengkap jalan"),
    "dusun": _target("dusun", N_("Dusun"), "", "dukuh lingkungan"),
    "rt": _target("rt", N_("RT")),
    "rw": _target("rw", N_("RW")),
    "telepon": _target("telepon", N_("Telepon"), "", "no_hp hp no_telepon telp nomor_hp wa"),
    "nama_ayah": _target("nama_ayah", N_("Nama ayah"), "words"),
    "nama_ibu": _target("nama_ibu", N_("Nama ibu"), "words", "ibu_kandung nama_ibu_kandung"),
    "kode_desa": _target("kode_desa", N_("Kode desa"), "village", "kode_wilayah kd_desa"),
}  # fmt: skip
KINDS: Mapping[str, Kind] = {
    PEOPLE: Kind(N_("Penduduk: satu baris satu orang"), PEOPLE_TARGETS, people.NEEDED),
    DECILES: Kind(
        N_("Desil: satu baris satu keluarga"),
        {
            "no_kk": PEOPLE_TARGETS["no_kk"],
            "desil": _target("desil", N_("Desil"), "code", "decile desil_kesejahteraan"),
            "periode": _target("periode", N_("Periode"), "quarter", "kuartal"),
        },
        dtsen.NEEDED,
    ),
    DUKCAPIL: Kind(
        N_("Hasil pemadanan Dukcapil: satu baris satu NIK"),
        {
            "nik": PEOPLE_TARGETS["nik"],
            "hasil": _target("hasil", N_("Hasil"), "result status", "keterangan ket status"),
            "tanggal": _target("tanggal", N_("Tanggal pemadanan"), "date serial"),
            "nama": PEOPLE_TARGETS["nama"],
        },
        dukcapil_match.NEEDED,
    ),
}


def guess(kind: Kind, places: Sequence[Place]) -> dict[str, int]:
    """Return which column probably is what: the surest pairs first, each column once."""
    scored = sorted(
        (
            (score, -column, name)
            for name, target in kind.targets.items()
            for column, place in enumerate(places)
            if (score := _likeness(target, place)) >= GUESSED_FROM
        ),
        reverse=True,
    )
    found: dict[str, int] = {}
    for _, column, name in scored:
        if name not in found and -column not in found.values():
            found[name] = -column
    return found


def guess_kind(places: Sequence[Place]) -> str:
    """Return the kind of which most columns are found; one that is whole gains by it."""
    return max(KINDS, key=lambda name: _found(KINDS[name], places))


def _found(kind: Kind, places: Sequence[Place]) -> float:
    found = guess(kind, places).keys()
    needed = len(kind.needed & found)
    return needed + len(found - kind.needed) / 2 + (1.5 if needed == len(kind.needed) else 0)


def _likeness(target: Target, place: Place) -> float:
    heading = header_key(place.heading)
    if not heading:
        return 0.0
    by_words = max(ratio(heading, word) for word in target.words)
    if by_words < ALIKE:
        return GUESSED_FROM if _tells_itself(target, place) else 0.0
    share = fitting(target, place)
    if share is not None and share < FITS_FROM:
        return 0.0
    return by_words if share is None else by_words - CONTENT_POINTS * (0.5 - share)


def _tells_itself(target: Target, place: Place) -> bool:
    """Tell whether the words in a column can be nothing else, whatever its heading."""
    filled = [shape for shape in place.shapes[:ROWS_JUDGED] if shape]
    own = sum(shape in target.shapes and shape in TELLING for shape in filled)
    return len(filled) >= TELLING_ROWS_MIN and own == len(filled)


def fitting(target: Target, place: Place) -> float | None:
    """Return the share of filled cells that look like the target's; None when nothing is known."""
    filled = [shape for shape in place.shapes[:ROWS_JUDGED] if shape]
    if not filled or not target.shapes:
        return None
    return sum(shape in target.shapes for shape in filled) / len(filled)


def faults_of(kind: Kind, chosen: Mapping[str, int], places: Sequence[Place]) -> dict[str, str]:
    """Return what is wrong with a choice of columns, by target: missing, twice, unlike."""
    faults = {name: "missing" for name in kind.needed if name not in chosen}
    taken: dict[int, str] = {}
    for name, column in chosen.items():
        if name not in kind.targets or not 0 <= column < len(places):
            faults[name] = "missing"
        elif taken.setdefault(column, name) != name:
            faults[name] = "twice"
        elif (
            share := fitting(kind.targets[name], places[column])
        ) is not None and share < FITS_FROM:
            faults[name] = "unlike"
    return faults
