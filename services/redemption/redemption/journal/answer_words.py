"""What a terminal's operator reads about a line that was sent, in the language of the request."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from common.problems import RefusalText, problem
from redemption.redeeming.lines import FORMATS

ACCEPTED = {"id": "Diterima", "en": "Accepted"}
ACCEPTED_MORE = {
    "lease_lapsed": {
        "id": "Tiba setelah jam pinjaman, tetapi haknya masih ada.",
        "en": "It came after the hour of the lease, but the right was still there.",
    },
    "within_policy": {
        "id": "Di luar pinjaman, sesuai aturan.",
        "en": "Outside of the lease, within the rule.",
    },
    "outside_policy": {
        "id": "Di luar pinjaman dan di luar aturan: dinas akan memeriksanya.",
        "en": "Outside of the lease and of the rule: the office will look at it.",
    },
    "undone_on_phone": {
        "id": "Dibatalkan tanpa jaringan: siapa yang membatalkan hanya menurut telepon.",
        "en": "Undone without network: by whom is the phone's word only.",
    },
    "answered_before": {
        "id": "Dikirim ulang setelah server dipulihkan.",
        "en": "Sent again after the server was restored.",
    },
}
CONFLICT_MORE = {
    True: {
        "id": "Disimpan sebagai pertentangan. Anda mengikuti aturan: dinas memutuskan, dan "
        "keluarga tidak diminta mengembalikan apa pun sebelum itu.",
        "en": "Kept as a conflict. You kept to the rule: the office judges, and the family is "
        "asked for nothing before that.",
    },
    False: {
        "id": "Disimpan sebagai pertentangan. Dinas melihat semua buktinya lalu memutuskan.",
        "en": "Kept as a conflict. The office looks at all the evidence and judges.",
    },
}
QUARANTINED = {"id": "Ditahan untuk diperiksa", "en": "Held to be reviewed"}
QUARANTINED_MORE = {
    "id": "Catatan ini disimpan utuh. Dinas memeriksanya; jangan hapus apa pun di telepon.",
    "en": "The journal is kept whole. The office reviews it; delete nothing on the phone.",
}


def accepted_words(marks: tuple[str, ...], language: str) -> tuple[str, str]:
    """Return title and detail for an accepted line."""
    more = [ACCEPTED_MORE[mark][language] for mark in marks if mark in ACCEPTED_MORE]
    return ACCEPTED[language], " ".join(more)


def conflict_words(
    code: str,
    facts: Mapping[str, Any],
    *,
    is_owed: bool,
    texts: Mapping[str, RefusalText],
    language: str,
) -> tuple[str, str]:
    """Return title and detail for a conflict: why it was not accepted, and what follows."""
    return conflict_title(code, facts, texts, language), CONFLICT_MORE[is_owed][language]


def conflict_title(
    code: str, facts: Mapping[str, Any], texts: Mapping[str, RefusalText], language: str
) -> str:
    """Return in words why a line was not accepted."""
    _, said = problem(code, _with_moments(facts), texts, language, "")
    return str(said["title"])


def _with_moments(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts with a lease's hour as people read it."""
    known = {"by": "?", "when_id": "?", "when_en": "?", "first_partner": "?", **facts}
    until = facts.get("until")
    for language in FORMATS:
        moment = FORMATS[language].datetime(datetime.fromisoformat(until)) if until else "?"
        known[f"until_{language}"] = moment
    return known


def quarantined_words(language: str) -> tuple[str, str]:
    """Return title and detail for a line that was put aside."""
    return QUARANTINED[language], QUARANTINED_MORE[language]
