"""The data sets that are published: what each column means, in the five fields of Standar Data.

Perpres 39/2019 art. 3 asks for data standards (concept, definition, classification, measure, unit),
metadata (BPS rule 5/2020: activity, variable, indicator), interoperable form and reference codes.
"""

from dataclasses import dataclass

REGION_CLASSES = "Kode wilayah Kemendagri (Kepmendagri 300.2.2-2138/2025)"


@dataclass(frozen=True, slots=True)
class Variable:
    """A column. `kind` is code, text, count, share or rupiah."""

    name: str
    title_id: str
    title_en: str
    concept: str
    definition: str
    classification: str
    measure: str
    unit: str
    kind: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number that is computed from others, with its formula in words."""

    name: str
    title_id: str
    definition: str
    interpretation: str
    formula: str
    unit: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table of counts; `group` are the columns within which small cells are told apart."""

    code: str
    title_id: str
    title_en: str
    about_id: str
    about_en: str
    frequency: str
    variables: tuple[Variable, ...]
    group: tuple[str, ...]
    indicators: tuple[Indicator, ...] = ()
    # Whether the counts of a row are the parts of a whole that is known from elsewhere.
    is_whole: bool = False

    @property
    def counts(self) -> tuple[str, ...]:
        """The columns in which small cells are hidden."""
        return tuple(one.name for one in self.variables if one.kind == "count")

    @property
    def derived(self) -> tuple[str, ...]:
        """The columns that are computed from counts and are hidden with them."""
        return tuple(one.name for one in self.variables if one.kind in {"share", "rupiah"})


def _code(name: str, title_id: str, title_en: str, classification: str) -> Variable:
    definition = f"{title_id} menurut {classification}"
    return Variable(
        name, title_id, title_en, title_id, definition, classification, "Kode", "-", "code"
    )


def _text(name: str, title_id: str, title_en: str, definition: str) -> Variable:
    return Variable(name, title_id, title_en, title_id, definition, "-", "Nama", "-", "text")


def _count(name: str, title_id: str, title_en: str, definition: str, of: str) -> Variable:
    concept = "Keluarga" if of == "keluarga" else "Penduduk"
    return Variable(name, title_id, title_en, concept, definition, "-", "Jumlah", of, "count")


REGENCY = (
    _code("kode_kabupaten", "Kode kabupaten/kota", "Regency code", REGION_CLASSES),
    _text("kabupaten", "Kabupaten/kota", "Regency", "Nama resmi kabupaten atau kota"),
)
DISTRICT = (
    *REGENCY,
    _code("kode_kecamatan", "Kode kecamatan", "District code", REGION_CLASSES),
    _text("kecamatan", "Kecamatan", "District", "Nama resmi kecamatan"),
)
PROGRAMME = (
    _code("program", "Kode program", "Programme code", "Daftar program KHBS"),
    _text("tahap", "Tahap", "Cycle", "Periode pemberian manfaat menurut SK"),
)

PROGRESS = Dataset(
    "kemajuan-pendataan",
    "Kemajuan pendataan keluarga per kecamatan",
    "Progress of data collection by district",
    "Keluarga yang terdata, bersih, diputuskan, dan ditetapkan.",
    "Families entered, checked, decided and approved.",
    "Sewaktu-waktu, paling lama tiap triwulan",
    (
        *DISTRICT,
        _count(
            "keluarga_terdata",
            "Keluarga terdata",
            "Families entered",
            "Keluarga dengan nomor KK dan sedikitnya satu anggota yang hidup di registri",
            "keluarga",
        ),
        _count(
            "keluarga_bersih",
            "Keluarga bersih",
            "Families checked",
            "Keluarga terdata yang lengkap dan tanpa tanda periksa terbuka",
            "keluarga",
        ),
        _count(
            "keluarga_diputuskan",
            "Keluarga diputuskan",
            "Families decided",
            "Keluarga yang kriterianya sudah memberi jawaban pada tahap berjalan",
            "keluarga",
        ),
        _count(
            "keluarga_ditetapkan",
            "Keluarga ditetapkan",
            "Families approved",
            "Keluarga pada daftar penerima yang disetujui pada tahap berjalan",
            "keluarga",
        ),
        Variable(
            "persen_ditetapkan",
            "Persentase keluarga ditetapkan",
            "Share of families approved",
            "Cakupan",
            "Keluarga ditetapkan dibagi keluarga terdata",
            "-",
            "Persentase",
            "persen",
            "share",
        ),
    ),
    ("kode_kabupaten",),
    (
        Indicator(
            "persen_ditetapkan",
            "Persentase keluarga ditetapkan",
            "Bagian keluarga terdata yang masuk daftar penerima",
            "Makin tinggi, makin banyak keluarga terdata yang menerima; bukan angka kemiskinan",
            "keluarga_ditetapkan / keluarga_terdata × 100, dibulatkan",
            "persen",
        ),
    ),
)
RECIPIENTS = Dataset(
    "penerima-manfaat",
    "Keluarga penerima per program, tahap, dan kecamatan",
    "Recipient families by programme, cycle and district",
    "Keluarga pada daftar penerima yang disetujui dan nilai manfaatnya dalam satu tahap.",
    "Families on approved lists and the value of their benefits in a cycle.",
    "Setiap tahap",
    (
        *DISTRICT,
        *PROGRAMME,
        _count(
            "keluarga_penerima",
            "Keluarga penerima",
            "Recipient families",
            "Keluarga yang ditetapkan dengan SK dan belum berakhir",
            "keluarga",
        ),
        Variable(
            "nilai_manfaat",
            "Nilai manfaat",
            "Value of benefits",
            "Belanja bantuan",
            "Jumlah manfaat satu tahap menurut SK dikali keluarga penerima",
            "-",
            "Jumlah",
            "rupiah",
            "rupiah",
        ),
    ),
    ("kode_kabupaten", "program", "tahap"),
)
DECISIONS = Dataset(
    "keputusan-kelayakan",
    "Keputusan kelayakan per program, tahap, dan kecamatan",
    "Eligibility decisions by programme, cycle and district",
    "Keluarga menurut keputusan kriteria: layak, tidak layak, atau perlu tinjauan.",
    "Families by the decision of the criteria: eligible, ineligible, or for review.",
    "Setiap tahap",
    (
        *DISTRICT,
        *PROGRAMME,
        *(
            _count(name, title_id, title_en, definition, "keluarga")
            for name, title_id, title_en, definition in (
                ("layak", "Layak", "Eligible", "Keluarga yang memenuhi semua kriteria"),
                ("tidak_layak", "Tidak layak", "Ineligible", "Ada kriteria yang tidak terpenuhi"),
                ("perlu_tinjauan", "Perlu tinjauan", "For review", "Ada data yang belum diketahui"),
            )
        ),
    ),
    ("kode_kabupaten", "program", "tahap"),
    is_whole=True,
)
DECILES = Dataset(
    "desil-keluarga",
    "Keluarga terdata menurut desil DTSEN per kabupaten",
    "Families by DTSEN decile and regency",
    "Desil kesejahteraan nasional dari DTSEN yang berlaku, per triwulan.",
    "National welfare deciles of DTSEN, by quarter.",
    "Triwulanan",
    (
        *REGENCY,
        _code("periode", "Triwulan", "Quarter", "Triwulan DTSEN"),
        _code("desil", "Desil", "Decile", "Desil nasional DTSEN, 1 terendah"),
        _count(
            "keluarga",
            "Keluarga",
            "Families",
            "Keluarga terdata dengan desil itu pada triwulan itu",
            "keluarga",
        ),
    ),
    ("kode_kabupaten", "periode"),
)
PEOPLE = Dataset(
    "warga-umur-jenis-kelamin",
    "Warga terdata menurut kelompok umur dan jenis kelamin per kabupaten",
    "People by age group, sex and regency",
    "Anggota keluarga terdata yang hidup.",
    "Living members of the families entered.",
    "Triwulanan",
    (
        *REGENCY,
        _code("kelompok_umur", "Kelompok umur", "Age group", "0-6, 7-18, 19-59, 60+"),
        _code("jenis_kelamin", "Jenis kelamin", "Sex", "L laki-laki, P perempuan"),
        _count("warga", "Warga", "People", "Warga hidup dengan tanggal lahir tercatat", "orang"),
    ),
    ("kode_kabupaten",),
)
DATASETS: dict[str, Dataset] = {
    one.code: one for one in (PROGRESS, RECIPIENTS, DECISIONS, DECILES, PEOPLE)
}
