"""The browser's files: found by name, addressed by the hash of their content, sent compressed."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

COMMON_STATIC = Path(__file__).parent / "static"
PREFIX = "/static/"
HASH_CHARACTERS = 16
COMPRESS_FROM_BYTES = 1024
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".txt": "text/plain; charset=utf-8",
}
CSS_ADDRESS = re.compile(rb'url\("([\w./-]+)"\)')
COMPRESSED = {".css", ".js", ".svg", ".wasm", ".webmanifest", ".txt"}


@dataclass(frozen=True)
class Asset:
    """One file in memory; the whole set is about two megabytes."""

    body: bytes
    media_type: str
    is_compressible: bool

    @cached_property
    def digest(self) -> str:
        """The start of the SHA-256 of the content."""
        return hashlib.sha256(self.body).hexdigest()[:HASH_CHARACTERS]

    @cached_property
    def zipped(self) -> bytes | None:
        """The content compressed, or None when that is not worth it."""
        if not self.is_compressible or len(self.body) < COMPRESS_FROM_BYTES:
            return None
        return gzip.compress(self.body, mtime=0)


class Assets:
    """The files of the shell, and of the capabilities that keep some beside their templates.

    `khbs.css` is the shell's; `redeeming/counter.js` is `counter.js` in the folder given for
    `redeeming`. Only files of the kinds in MEDIA_TYPES exist here: never a template or code.
    """

    def __init__(self, folders: Mapping[str, Path] | None = None) -> None:
        self._folders = dict(folders or {})
        self._read: dict[str, Asset] = {}

    def url(self, name: str) -> str:
        """Return the address of a file; it changes when the content does, so it keeps for ever."""
        asset = self.find(name)
        if asset is None:
            raise FileNotFoundError(f"no static file {name}: run python -m common.web.vendor")
        return f"{PREFIX}{name}?v={asset.digest}"

    def find(self, name: str) -> Asset | None:
        """Return a file by name, or None."""
        if name not in self._read:
            asset = self._load(name)
            if asset is None:
                return None
            self._read[name] = asset
        return self._read[name]

    def _load(self, name: str) -> Asset | None:
        first, _, rest = name.partition("/")
        root, inside = (
            (self._folders[first], rest) if first in self._folders else (COMMON_STATIC, name)
        )
        suffix = Path(inside).suffix
        path = (root / inside).resolve()
        if suffix not in MEDIA_TYPES or not path.is_relative_to(root.resolve()):
            return None
        if not path.is_file():
            return None
        body = path.read_bytes()
        if suffix == ".css":
            body = self._with_hashed_addresses(name, body)
        return Asset(body, MEDIA_TYPES[suffix], suffix in COMPRESSED)

    def _with_hashed_addresses(self, name: str, css: bytes) -> bytes:
        """Let a style sheet name its pictures plainly and a browser keep them all the same."""
        beside = name.rpartition("/")[0]

        def address(match: re.Match[bytes]) -> bytes:
            found = match[1].decode()
            return f'url("{self.url(f"{beside}/{found}" if beside else found)}")'.encode()

        return CSS_ADDRESS.sub(address, css)


def static_app(assets: Assets | None = None) -> ASGIApp:
    """Return the application to mount at `/static`.

    An address with the content's hash may be kept for a year; any other is asked for again
    each time and answered 304 while it is the same.
    """
    files = assets or Assets()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001
        if scope["type"] != "http":
            return
        await _send(send, *_answer(files, scope))

    return app


Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


def _answer(files: Assets, scope: Scope) -> Answer:
    if scope["method"] not in {"GET", "HEAD"}:
        return 405, [(b"allow", b"GET, HEAD")], b""
    name = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
    asset = files.find(name)
    if asset is None:
        return 404, [(b"content-type", b"text/plain")], b"not found"
    given = Headers(scope=scope)
    zipped = asset.zipped if "gzip" in given.get("accept-encoding", "") else None
    etag = f'"{asset.digest}{"-gz" if zipped else ""}"'.encode()
    wanted = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("v", [""])[0]
    is_pinned = wanted == asset.digest
    headers = [
        (b"etag", etag),
        (b"cache-control", b"public, max-age=31536000, immutable" if is_pinned else b"no-cache"),
        (b"vary", b"accept-encoding"),
    ]
    if etag.decode() in given.get("if-none-match", ""):
        return 304, headers, b""
    body = zipped or asset.body
    headers += [
        (b"content-type", asset.media_type.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    if zipped:
        headers.append((b"content-encoding", b"gzip"))
    return 200, headers, b"" if scope["method"] == "HEAD" else body


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
