"""Proof that a form was made by a page of ours, for the browser that sends it."""

import hashlib
import hmac

from fastapi import Request

from common.problems import Refused
from common.web.headers import origin_of

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrf-token"
FIELD = "csrf_token"


def token_for(request: Request, session: bytes) -> str:
    """Return the proof for one session; `session` is what the server knows it by."""
    key: bytes = request.app.state.settings.session_key.get_secret_value()
    return hmac.new(key, b"csrf\x00" + session, hashlib.sha256).hexdigest()


async def check(request: Request, expected: str) -> None:
    """Refuse an unsafe request that does not come from a page of ours (csrf_failed)."""
    if request.method in SAFE_METHODS:
        return
    if is_foreign(request):
        raise Refused("csrf_failed")
    given = request.headers.get(HEADER, "")
    if not given and "form" in request.headers.get("content-type", ""):
        given = str((await request.form()).get(FIELD, ""))
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Refused("csrf_failed")


def is_foreign(request: Request) -> bool:
    """Tell whether the browser says that a page of another origin sends this.

    "none" is a person's own act (a bookmark). Browsers without Sec-Fetch-Site (before 2020 to
    2023) still send Origin with a form; a program sends neither and has the token to pass.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    own = {origin_of(request.app.state.settings.public_url), origin_of(str(request.base_url))}
    return origin is not None and origin not in own
