"""The terminal's app: a shell that holds no data, its worker, its manifest and its words.

The shell is public because a phone has to open it without network and without a session; every
name comes later from the interface, signed for by the terminal, and lies on the phone encrypted.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from common.api import new_router
from common.auth.principal import Principal, public, require
from common.regions import all_regions, place_of
from common.web.assets import COMMON_STATIC, Assets
from common.web.headers import content_security_policy
from common.web.pages import Pages, folder_of, render
from redemption.scanner.compressed import compressed
from redemption.scanner.texts import texts

router = new_router(prefix="/terminal", include_in_schema=False)
shell = Depends(public("the app's shell holds no data; it must open without network"))
Operator = Annotated[Principal, Depends(require("terminals.use"))]

FOLDER = folder_of("redemption.scanner.web")
WORKER = (FOLDER / "worker.js").read_text()
DECODER = (FOLDER / "lib" / "decoder.js").read_text()
SHELL = "/terminal/"
JSON = "application/json"
START = "/static/scanner/start.js"
ICONS = (192, 512)
# Loaded by the app by their plain names: the worker keeps them, all of one version.
KINDS = (".js", ".css")
NOT_KEPT = ("worker.js", "lib/decoder.js")
PLAIN_DECODER = "/static/vendor/qr/decode.js"
ANSWERS = ("texts.js", "decoder.js", "app.webmanifest")
PLACES = "/terminal/places.json"
VERSION_CHARACTERS = 16
QR = ("vendor/zxing/reader.js", "vendor/zxing/zxing_reader.wasm")


@router.get("", dependencies=[shell])
async def get_app_without_slash() -> Response:
    """Lead to the app: its worker serves nothing outside of its own folder."""
    return RedirectResponse(SHELL, status_code=308)


@router.get("/", dependencies=[shell])
async def get_app(request: Request) -> Response:
    """Show the shell; it is the same for everybody and in both languages."""
    modules = " ".join(modules_of(kept_files(request.app.state.pages.assets)))
    answer = render(request, "scanner/app.html", wasm=True, modules=modules)
    settings = request.app.state.settings
    answer.headers["content-security-policy"] = content_security_policy(
        settings, wasm=True, connect=settings.trust_origins
    )
    answer.headers["cache-control"] = "no-cache"
    return answer


@router.get("/session")
async def get_session(request: Request, caller: Operator) -> dict[str, str]:
    """Say who has signed in fully in this browser, and the token of their session's forms."""
    return {"name": caller.name, "csrf_token": getattr(request.state, "csrf_token", "") or ""}


@router.get("/texts.js", dependencies=[shell])
async def get_texts(request: Request) -> Response:
    """Return the words, the rule and the addresses, as a module."""
    body = json.dumps(_texts(request), ensure_ascii=False)
    return _script(request, f"export default {body};\n")


@router.get("/places.json", dependencies=[shell])
async def get_places(request: Request) -> Response:
    """Return the province's villages by code: public, and needed without network."""
    return compressed(request, _places(), JSON)


@router.get("/files/{group}.json", dependencies=[shell])
async def get_files(request: Request, group: Literal["first", "rest"]) -> Response:
    """Return many of the app's files at once, for its worker to keep."""
    together = _together(request.app.state.pages.assets, group)
    return compressed(request, together, JSON)


@router.get("/worker.js", dependencies=[shell])
async def get_worker(request: Request) -> Response:
    """Return the service worker, with the names of all that it keeps for the time off line."""
    assets = request.app.state.pages.assets
    files = kept_files(assets)
    inside = json.dumps(_texts(request)) + (FOLDER / "app.html").read_text() + DECODER + WORKER
    digests = [_digest_of(request, file) for file in files.every]
    version = hashlib.sha256("\n".join([*files.every, *digests, inside]).encode()).hexdigest()
    told = {
        "VERSION": version[:VERSION_CHARACTERS],
        "FILES": asdict(files),
        "LETTERS": len(_together(assets, "first")),
    }
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in told.items())
    return _script(request, head + WORKER)


@router.get("/decoder.js", dependencies=[shell])
async def get_decoder(request: Request) -> Response:
    """Return the worker that reads codes. A worker's policy is its own answer's, not the page's."""
    return _script(request, DECODER, wasm=True)


@router.get("/app.webmanifest", dependencies=[shell])
async def get_manifest(request: Request) -> Response:
    """Return what lets a phone put the app on its first screen."""
    url = request.app.state.pages.assets.url
    sizes = [
        {
            "src": url(f"scanner/icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in ICONS
        for purpose in ("any", "maskable")
    ]
    manifest = {
        "id": SHELL,
        "name": "Loket Kartu Huma Betang",
        "short_name": "Loket KHBS",
        "lang": "id",
        "start_url": SHELL,
        "scope": SHELL,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#faf7f2",
        "theme_color": "#6d1a1f",
        "icons": sizes,
    }
    return compressed(request, json.dumps(manifest), "application/manifest+json")


@dataclass(frozen=True)
class Files:
    """The addresses of all that the app needs without network, by how they are fetched."""

    # Modules and styles without which it does not open, in one answer.
    first: list[str]
    # Answers with headers of their own.
    alone: list[str]
    # What some browsers need to check or read a card, and the names of villages: in one answer that
    # the app does not wait for.
    rest: list[str]
    # Named by their content: pictures, and the reader of codes, larger than all others.
    named: list[str]

    @property
    def every(self) -> list[str]:
        """All of them, in a fixed order."""
        return [*self.first, *self.alone, *self.rest, *self.named]


def kept_files(assets: Assets) -> Files:
    """Return the addresses of every file that the app needs without network."""
    own = [
        f"/static/scanner/{path.relative_to(FOLDER).as_posix()}"
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in KINDS and path.relative_to(FOLDER).as_posix() not in NOT_KEPT
    ]
    pictures = ("favicon.svg", *(f"scanner/icon-{size}.png" for size in ICONS))
    return Files(
        first=[*own, *_imported("cborg")],
        alone=[SHELL, *(f"{SHELL}{name}" for name in ANSWERS)],
        rest=[*_imported("noble"), *_imported("qr"), PLACES],
        named=[assets.url(name) for name in (*pictures, *QR)],
    )


def modules_of(files: Files) -> list[str]:
    """Return the modules that the app opens with: known beforehand, all are fetched at once."""
    return [one for one in files.first if one.endswith(".js") and one != START]


def _imported(vendor: str) -> list[str]:
    """Return the addresses of modules of others, which name each other without a version."""
    found = sorted((COMMON_STATIC / "vendor" / vendor).rglob("*.js"))
    return [f"/static/{path.relative_to(COMMON_STATIC).as_posix()}" for path in found]


@cache
def _together(assets: Assets, group: Literal["first", "rest"]) -> str:
    kept = {}
    for address in getattr(kept_files(assets), group):
        if address == PLACES:
            kept[address] = [JSON, _places()]
            continue
        asset = assets.find(address.removeprefix("/static/"))
        if asset is None:
            raise FileNotFoundError(address)
        kept[address] = [asset.media_type, asset.body.decode()]
    return json.dumps(kept, ensure_ascii=False)


def _digest_of(request: Request, address: str) -> str:
    asset = request.app.state.pages.assets.find(address.removeprefix("/static/").split("?")[0])
    return asset.digest if asset else ""


def _texts(request: Request) -> dict[str, Any]:
    pages: Pages = request.app.state.pages
    reader, wasm = (pages.assets.url(name) for name in QR)
    decoder = {
        "worker": f"{SHELL}decoder.js",
        "reader": reader,
        "wasm": wasm,
        "plain": PLAIN_DECODER,
    }
    return texts(request.app.state.refusals, {"decoder": decoder})


@cache
def _places() -> str:
    villages = {
        code: place_of(code) for code, one in all_regions().items() if one.level == "village"
    }
    return json.dumps(villages, ensure_ascii=False)


def _script(request: Request, text: str, *, wasm: bool = False) -> Response:
    policy = content_security_policy(request.app.state.settings, wasm=wasm)
    return compressed(request, text, "text/javascript", **{"content-security-policy": policy})
