"""Which language a page speaks, the texts of each language, and the switch between them."""

import gettext
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse
from starlette.requests import Request

LANGUAGES = ("id", "en")
DEFAULT = "id"
COOKIE = "lang"
COOKIE_AGE_S = 365 * 24 * 60 * 60
NEXT_MAX_CHARACTERS = 2000
COMMON_LOCALE = Path(__file__).parent / "locale"

router = APIRouter()


def N_(text: str) -> str:  # noqa: N802 - the mark's usual name, known to every extractor
    """Mark a text in Python for the catalogues and return it unchanged.

    It is translated where it is shown, with `_(text)` in a template.
    """
    return text


def language(request: Request) -> str:
    """Return the language of the answer: `?lang=` once, else the person's choice, else Indonesian.

    Accept-Language is left alone on purpose: phones in the villages are often set to English
    by the shop that sold them, and their owners read Indonesian.
    """
    for wanted in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return wanted
    return DEFAULT


@router.post("/lang", include_in_schema=False)
async def post_language(
    request: Request,
    lang: str = Form(max_length=8),
    next: str = Form(default="/", max_length=NEXT_MAX_CHARACTERS),
) -> RedirectResponse:
    """Remember the language that a person chose and go back to the page it was chosen on."""
    answer = RedirectResponse(same_site_path(next), status_code=303)
    answer.set_cookie(
        COOKIE,
        lang if lang in LANGUAGES else DEFAULT,
        max_age=COOKIE_AGE_S,
        samesite="lax",
        httponly=True,
        secure=request.url.scheme == "https",
    )
    return answer


def same_site_path(target: str) -> str:
    """Return a path of this site, or `/` for anything that a browser could take elsewhere.

    Browsers drop control characters and read a backslash as a slash, so both are refused.
    """
    is_plain = target.isprintable() and "\\" not in target and " " not in target
    if not is_plain or not target.startswith("/") or target.startswith("//"):
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc else target


def catalogue(path: Path) -> gettext.NullTranslations:
    """Read a .po file; doubtful (fuzzy) texts are left out, so Indonesian shows instead."""
    compiled = BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def translations(lang: str, locale_dirs: Iterable[Path] = ()) -> gettext.NullTranslations:
    """Return the texts of a language: the service's own catalogues first, the shell's after."""
    first = gettext.NullTranslations()
    for folder in (*locale_dirs, COMMON_LOCALE):
        path = folder / lang / "LC_MESSAGES" / "messages.po"
        if path.is_file():
            first.add_fallback(catalogue(path))
    return first
