"""Answers that are the same for everybody: sent compressed, and only when they have changed."""

from functools import lru_cache

from fastapi import Request
from fastapi.responses import Response

from common.web.assets import Asset

# The app's few answers, in each of the versions that a running process could have.
ANSWERS_KEPT = 16


def compressed(request: Request, body: str, media_type: str, **headers: str) -> Response:
    """Return a text as an answer; 304 to a browser that has it already.

    A phone asks for these again each time and pays some hundred bytes for it, on a network that
    carries six thousand in a second.
    """
    asset = _asset(body, media_type)
    zipped = asset.zipped if "gzip" in request.headers.get("accept-encoding", "") else None
    etag = f'"{asset.digest}{"-gz" if zipped else ""}"'
    told = {"cache-control": "no-cache", "vary": "accept-encoding", "etag": etag, **headers}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=told)
    if zipped:
        told["content-encoding"] = "gzip"
    return Response(zipped or asset.body, headers=told, media_type=media_type)


@lru_cache(maxsize=ANSWERS_KEPT)
def _asset(body: str, media_type: str) -> Asset:
    return Asset(body.encode(), media_type, is_compressible=True)
