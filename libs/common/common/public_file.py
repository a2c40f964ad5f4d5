"""Answer with a file that is for everybody: strong ETag, 304, caches told, any origin may read."""

import hashlib

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

# Verifiers run in browsers too, on the partners' address.
_FOR_ALL = {"access-control-allow-origin": "*"}
# How long a cache may answer for us: a card blocked at the desk is known to be blocked after it.
MAX_AGE_S = 60


def etag_of(body: bytes) -> str:
    """Return the strong entity tag (RFC 9110 §8.8.3) of a file."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def answer_file(
    request: Request,
    body: bytes,
    media_type: str,
    *,
    etag: str = "",
    max_age_s: int = MAX_AGE_S,
    vary: str = "",
) -> Response:
    """Answer a GET or HEAD with the file, or 304 when the caller has it (RFC 9110 §13.1.2)."""
    etag = etag or etag_of(body)
    headers = {
        "etag": etag,
        "cache-control": f"public, max-age={max_age_s}",
        **_FOR_ALL,
        **({"vary": vary} if vary else {}),
    }
    known = [one.strip().removeprefix("W/") for one in _if_none_match(request).split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if request.method == "HEAD":
        headers |= {"content-length": str(len(body)), "content-type": media_type}
        return Response(headers=headers)
    return Response(body, media_type=media_type, headers=headers)


def no_such_file() -> HTTPException:
    """Return what to raise when there is no file here: a script elsewhere may know that as well."""
    return HTTPException(404, headers=_FOR_ALL)


def _if_none_match(request: Request) -> str:
    return request.headers.get("if-none-match", "")[:1000]
