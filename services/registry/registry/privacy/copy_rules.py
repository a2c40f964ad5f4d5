"""How the parts of a person's own copy are called and shown, in the order of the page."""

from dataclasses import dataclass

from common.web.languages import N_


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the copy: its heading, and (key, label, kind) of its columns."""

    heading: str
    columns: tuple[tuple[str, str, str], ...]


IDENTITY = (
    ("name", N_("Nama")),
    ("nik", N_("NIK")),
    ("kk", N_("Nomor KK")),
    ("sex", N_("Jenis kelamin")),
    ("born_on", N_("Tanggal lahir")),
    ("birth_place", N_("Tempat lahir")),
    ("relation", N_("Hubungan dalam keluarga")),
    ("marital", N_("Status kawin")),
    ("status", N_("Keadaan")),
    ("father_name", N_("Nama ayah")),
    ("mother_name", N_("Nama ibu")),
    ("phone", N_("Telepon")),
    ("address", N_("Alamat")),
)
SOURCES = {
    "file": N_("Berkas"),
    "correction": N_("Koreksi"),
    "life_change": N_("Perubahan keluarga"),
}
SECTIONS: dict[str, Section] = {
    "versions": Section(
        N_("Isi data sebelumnya"),
        (
            ("replaced_at", N_("Diganti"), "datetime"),
            ("values", N_("Isinya"), "values"),
            ("source", N_("Sumber"), "text"),
        ),
    ),
    "facts": Section(
        N_("Data dari lembaga lain"),
        (
            ("code", N_("Data"), "fact"),
            ("value", N_("Nilai"), "text"),
            ("period", N_("Masa"), "text"),
            ("source", N_("Sumber"), "text"),
            ("recorded_at", N_("Dicatat"), "date"),
        ),
    ),
    "decisions": Section(
        N_("Keputusan tentang keluarga"),
        (
            ("programme", N_("Program"), "text"),
            ("cycle", N_("Tahap"), "text"),
            ("outcome", N_("Hasil"), "state"),
            ("decree_number", N_("Dasar"), "text"),
            ("decided_at", N_("Waktu"), "datetime"),
        ),
    ),
    "enrolments": Section(
        N_("Penetapan sebagai penerima"),
        (
            ("programme", N_("Program"), "text"),
            ("cycle", N_("Tahap"), "text"),
            ("decree_number", N_("Surat keputusan"), "text"),
            ("decree_on", N_("Tanggal"), "date"),
        ),
    ),
    "cards": Section(
        N_("Kartu keluarga ini"),
        (
            ("status", N_("Keadaan"), "state"),
            ("issued_at", N_("Diterbitkan"), "date"),
            ("expires_at", N_("Berlaku sampai"), "date"),
        ),
    ),
    "redemptions": Section(
        N_("Bantuan yang diterima keluarga"),
        (
            ("redeemed_at", N_("Waktu"), "datetime"),
            ("benefit_name", N_("Bantuan"), "withheld"),
            ("partner_name", N_("Tempat"), "withheld"),
            ("amount_rupiah", N_("Nilai"), "rupiah"),
        ),
    ),
    "flags": Section(
        N_("Tanda pada data"),
        (
            ("kind", N_("Tanda"), "flag"),
            ("source", N_("Sumber"), "text"),
            ("source_on", N_("Tanggal sumber"), "date"),
            ("cleared_at", N_("Selesai"), "datetime"),
        ),
    ),
    "objections": Section(
        N_("Sanggahan"),
        (
            ("receipt_number", N_("Nomor tanda terima"), "text"),
            ("received_at", N_("Diterima"), "datetime"),
            ("state", N_("Keadaan"), "state"),
            ("decided_reason", N_("Alasan putusan"), "text"),
        ),
    ),
    "changes": Section(
        N_("Perubahan yang menyangkut orang ini"),
        (
            ("kind", N_("Perubahan"), "change"),
            ("happened_on", N_("Tanggal"), "date"),
            ("state", N_("Keadaan"), "change_state"),
        ),
    ),
    "requests": Section(
        N_("Permintaan tentang data ini"),
        (
            ("kind", N_("Permintaan"), "request"),
            ("received_at", N_("Diterima"), "datetime"),
            ("state", N_("Keadaan"), "request_state"),
            ("outcome_reason", N_("Alasan"), "text"),
        ),
    ),
}
