"""What is wrong with an entry, in both languages and without the entry: it may be a NIK."""

import re
from collections.abc import Mapping
from typing import Any

# A part of a field's place that could be something else than a name of ours is not repeated.
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")

# By pydantic's error type; its own words are English only, and some quote the entry.
WORDS: dict[str, tuple[str, str]] = {
    "missing": ("wajib diisi", "is required"),
    "json_invalid": ("bukan JSON yang benar", "is not valid JSON"),
    "extra_forbidden": ("tidak dikenal", "is not known"),
    "string_too_short": (
        "terlalu pendek (paling sedikit {min_length})",
        "is shorter than {min_length}",
    ),
    "string_too_long": (
        "terlalu panjang (paling banyak {max_length})",
        "is longer than {max_length}",
    ),
    "string_pattern_mismatch": ("bentuknya tidak sesuai", "has not the right form"),
    "string_type": ("harus berupa teks", "must be a text"),
    "int_type": ("harus berupa bilangan bulat", "must be a whole number"),
    "int_parsing": ("harus berupa bilangan bulat", "must be a whole number"),
    "int_from_float": ("harus berupa bilangan bulat", "must be a whole number"),
    "bool_parsing": ("harus ya atau tidak", "must be yes or no"),
    "greater_than_equal": ("paling kecil {ge}", "must be at least {ge}"),
    "greater_than": ("harus lebih dari {gt}", "must be more than {gt}"),
    "less_than_equal": ("paling besar {le}", "must be at most {le}"),
    "less_than": ("harus kurang dari {lt}", "must be less than {lt}"),
    "uuid_parsing": ("harus berupa UUID", "must be a UUID"),
    "uuid_type": ("harus berupa UUID", "must be a UUID"),
    "date_from_datetime_parsing": ("harus berupa tanggal", "must be a date"),
    "date_parsing": ("harus berupa tanggal", "must be a date"),
    "datetime_parsing": ("harus berupa waktu", "must be a time"),
    "datetime_from_date_parsing": ("harus berupa waktu", "must be a time"),
    "timezone_aware": ("waktu harus dengan zona waktu", "the time needs a time zone"),
    "literal_error": ("bukan salah satu pilihan", "is not one of the choices"),
    "enum": ("bukan salah satu pilihan", "is not one of the choices"),
    "too_short": ("terlalu sedikit (paling sedikit {min_length})", "has fewer than {min_length}"),
    "too_long": ("terlalu banyak (paling banyak {max_length})", "has more than {max_length}"),
    "list_type": ("harus berupa daftar", "must be a list"),
    "dict_type": ("harus berupa objek", "must be an object"),
    "model_attributes_type": ("harus berupa objek", "must be an object"),
}
OTHER = ("tidak sesuai", "is not acceptable")


def field_problem(error: Mapping[str, Any]) -> dict[str, str]:
    """Return the field of a validation error and what is wrong with it."""
    parts = [str(part) for part in error["loc"][1:] if is_ours(part)]
    kind = str(error["type"])
    said_id, said_en = (_fill(text, error.get("ctx", {})) for text in WORDS.get(kind, OTHER))
    return {
        "field": ".".join(parts) or str(error["loc"][0]),
        "code": kind,
        "problem": said_id,
        "problem_en": said_en,
    }


def is_ours(part: object) -> bool:
    """Tell whether a part of a place is an index or may be the name of a field."""
    return isinstance(part, int) or NAME.fullmatch(str(part)) is not None


def _fill(text: str, limits: Mapping[str, Any]) -> str:
    for name in ("min_length", "max_length", "ge", "gt", "le", "lt"):
        text = text.replace("{" + name + "}", str(limits.get(name, "")))
    return text
