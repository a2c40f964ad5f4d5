"""Saying no: refusals as domain words, answered as problem details (RFC 9457) in two languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TYPE_PREFIX = "urn:khbs:problem:"
# The answer to these is the sign-in page, for a person.
SIGN_IN_CODES = frozenset({"not_signed_in", "session_expired"})


class Refused(Exception):
    """The rules say no. `code` is the domain's word; `facts` fill its text (no personal data)."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class RefusalText:
    """How a refusal is said: HTTP status, what happened and what to do, in both languages.

    Texts may name facts of the refusal in braces: "Dipakai pada {redeemed_at}".
    """

    status: int
    title_id: str
    title_en: str
    action_id: str
    action_en: str


COMMON_REFUSALS: dict[str, RefusalText] = {
    "not_signed_in": RefusalText(
        401,
        "Anda belum masuk",
        "You are not signed in",
        "Masuk dahulu, lalu ulangi.",
        "Sign in, then try again.",
    ),
    "session_expired": RefusalText(
        401,
        "Sesi Anda sudah berakhir",
        "Your session has ended",
        "Masuk kembali, lalu ulangi.",
        "Sign in again, then try again.",
    ),
    "sign_in_failed": RefusalText(
        400,
        "Masuk tidak berhasil",
        "Signing in did not work",
        "Mulai lagi dari halaman masuk.",
        "Start again from the sign-in page.",
    ),
    "token_invalid": RefusalText(
        401,
        "Token tidak dapat diterima",
        "The token cannot be accepted",
        "Minta token baru dari penerbit yang benar.",
        "Get a new token from the right issuer.",
    ),
    "issuer_unreachable": RefusalText(
        503,
        "Layanan masuk sedang tidak terjangkau",
        "The sign-in service cannot be reached",
        "Tunggu sebentar, lalu ulangi.",
        "Wait a moment, then try again.",
    ),
    "csrf_failed": RefusalText(
        403,
        "Formulir ini tidak berasal dari halaman kami",
        "This form is not from our page",
        "Muat ulang halaman, lalu kirim lagi.",
        "Reload the page and send it again.",
    ),
    "permission_missing": RefusalText(
        403,
        "Peran Anda tidak mengizinkan ini",
        "Your role does not allow this",
        "Minta kepada orang yang berwenang, atau masuk dengan akun yang sesuai.",
        "Ask someone who may, or sign in with the right account.",
    ),
    "outside_your_regions": RefusalText(
        403,
        "Wilayah ini di luar kewenangan Anda",
        "This region is outside your limits",
        "Pilih wilayah Anda sendiri.",
        "Choose a region of your own.",
    ),
    "another_partner": RefusalText(
        403,
        "Ini milik mitra lain",
        "This belongs to another partner",
        "Masuk dengan akun mitra yang sesuai.",
        "Sign in with that partner's account.",
    ),
    "not_found": RefusalText(
        404,
        "Tidak ditemukan",
        "Not found",
        "Periksa alamat atau pilihan Anda.",
        "Check the address or your choice.",
    ),
    "method_not_allowed": RefusalText(
        405,
        "Cara ini tidak tersedia di alamat ini",
        "This address does not do that",
        "Kembali ke halaman sebelumnya.",
        "Go back to the page before.",
    ),
    "id_reused": RefusalText(
        409,
        "Id ini sudah dipakai untuk isian lain",
        "This id was used with other content",
        "Buat id baru untuk permintaan baru; ulangi permintaan lama tanpa diubah.",
        "Make a new id for a new request; repeat an old one unchanged.",
    ),
    "changed_meanwhile": RefusalText(
        409,
        "Data ini baru saja diubah orang lain",
        "Someone else has just changed this",
        "Muat ulang, periksa, lalu ulangi.",
        "Reload, check, then try again.",
    ),
    "too_large": RefusalText(
        413,
        "Kiriman terlalu besar",
        "This is too large",
        "Kirim berkas yang lebih kecil atau bagi menjadi beberapa berkas.",
        "Send a smaller file, or split it.",
    ),
    "invalid_input": RefusalText(
        422,
        "Ada isian yang perlu diperbaiki",
        "Some entries need correction",
        "Perbaiki isian yang disebut, lalu kirim lagi.",
        "Correct what is named and send again.",
    ),
    "too_many_requests": RefusalText(
        429,
        "Terlalu banyak permintaan",
        "Too many requests",
        "Tunggu {wait_s} detik, lalu ulangi.",
        "Wait {wait_s} seconds, then try again.",
    ),
    "outcome_unknown": RefusalText(
        503,
        "Sistem sedang terganggu; belum pasti tersimpan",
        "The system is disturbed; it is not certain that this was saved",
        "Ulangi permintaan yang sama. Tidak akan tercatat dua kali.",
        "Repeat the same request. It will not be counted twice.",
    ),
    "internal_error": RefusalText(
        500,
        "Ada kesalahan pada sistem kami",
        "Something went wrong on our side",
        "Ulangi. Jika tetap gagal, laporkan nomor permintaan ini.",
        "Try again. If it fails again, report this request number.",
    ),
}


def problem(
    code: str,
    facts: Mapping[str, Any],
    texts: Mapping[str, RefusalText],
    language: str,
    request_id: str,
) -> tuple[int, dict[str, Any]]:
    """Return the status and problem details of a refusal, in `language` with both beside it."""
    text = texts.get(code) or COMMON_REFUSALS["internal_error"]
    said = {
        "id": {"title": fill(text.title_id, facts), "action": fill(text.action_id, facts)},
        "en": {
            "title": fill(text.title_en, facts, thousands=","),
            "action": fill(text.action_en, facts, thousands=","),
        },
    }
    chosen = said["en" if language == "en" else "id"]
    body = {
        "type": f"{TYPE_PREFIX}{code}",
        "status": text.status,
        "code": code,
        "title": chosen["title"],
        "detail": chosen["action"],
        "messages": said,
        "request_id": request_id,
        **{key: value for key, value in facts.items() if key not in {"type", "status", "title"}},
    }
    return text.status, body


def said(
    code: str, facts: Mapping[str, Any], texts: Mapping[str, RefusalText], language: str
) -> str:
    """Return a refusal in one line, for a page that goes on: what is wrong, and what to do."""
    _, body = problem(code, facts, texts, language, "")
    return f"{body['title']}. {body['detail']}"


def fill(text: str, facts: Mapping[str, Any], *, thousands: str = ".") -> str:
    """Put facts into a text; a fact that is missing leaves its name, never an error.

    Rupiah are written in groups of three, which nobody has to count.
    """
    for key, value in facts.items():
        is_money = key.endswith("_rupiah") and isinstance(value, int)
        said = f"{value:,}".replace(",", thousands) if is_money else str(value)
        text = text.replace("{" + key + "}", said)
    return text
