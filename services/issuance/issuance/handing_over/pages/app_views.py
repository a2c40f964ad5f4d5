"""The phone's app for rounds: a shell that holds no data, its worker and its manifest.

The shell is public because a phone has to open it without network and without a session; every
name comes later from the interface, after signing in, and lies on the phone encrypted.
"""

import hashlib
import json
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from common.api import BODY_BYTES_MAX, new_router
from common.auth.principal import public
from common.web.assets import COMMON_STATIC
from common.web.headers import content_security_policy, permissions_policy
from common.web.languages import language
from common.web.pages import Pages, folder_of, render
from issuance.handing_over.journal_rules import LINE_CHARACTERS_MAX
from issuance.handing_over.pages import words
from issuance.handing_over.pages.app_words import APP_WORDS
from issuance.handing_over.rules import (
    FAMILY_RELATIONS,
    MANDATES,
    NAME_CHARACTERS_MAX,
    SIGNATURE_BYTES_MAX,
)

router = new_router(prefix="/handovers", include_in_schema=False)
shell = Depends(public("the app's shell holds no data; it must open without network"))

FOLDER = folder_of("issuance.handing_over.pages")
MODULES = ("vault.js", "journal.js", "sync.js", "forms.js", "signature.js", "camera.js")
WORKER = (FOLDER / "worker.js").read_text()
SCANNER = (COMMON_STATIC / "scanner.js").read_text()
ADDRESS = "/handovers/app"
BATCH_LINES = 50
# Half of what a request may hold: JSON writes some characters longer.
BATCH_CHARACTERS = BODY_BYTES_MAX // 2


@router.get("/app", dependencies=[shell])
async def get_app(request: Request, lang: Annotated[str, Query(max_length=2)] = "") -> Response:
    """Show the shell in one language; each has an address of its own, so that both are kept."""
    if not lang:
        return RedirectResponse(f"{ADDRESS}?lang={language(request)}", status_code=303)
    pages: Pages = request.app.state.pages
    answer = render(request, "handing_over/app.html", wasm=True, texts=texts(pages, request))
    answer.headers["cache-control"] = "no-cache"
    answer.headers["permissions-policy"] = permissions_policy(geolocation=True)
    return answer


def texts(pages: Pages, request: Request) -> dict[str, Any]:
    """Return all that the app says, and the limits it keeps, for one language."""
    _ = pages.gettext(request)
    url = pages.assets.url
    return {
        "words": {key: _(text) for key, text in APP_WORDS.items()},
        # Pairs, because JSON objects do not keep an order.
        "collectors": [(key, _(text)) for key, text in words.COLLECTORS.items()],
        "relations": [(key, _(text)) for key, text in words.RELATIONS.items()],
        "documents": [(key, _(text)) for key, text in words.DOCUMENTS.items()],
        "reasons": [
            (key, _(text)) for key, text in words.RETURN_REASONS.items() if key != "card_not_valid"
        ],
        "family_relations": FAMILY_RELATIONS,
        "mandates": sorted(MANDATES),
        "limits": {
            "name": NAME_CHARACTERS_MAX,
            "signature": SIGNATURE_BYTES_MAX,
            "line": LINE_CHARACTERS_MAX,
            "batch": BATCH_LINES,
            "request": BATCH_CHARACTERS,
        },
        "reader": url("vendor/zxing/reader.js"),
        "wasm": url("vendor/zxing/zxing_reader.wasm"),
        "lang": language(request),
    }


@router.get("/worker.js", dependencies=[shell])
async def get_worker(request: Request) -> Response:
    """Return the service worker, with the names of all that it keeps for the time off line."""
    pages: Pages = request.app.state.pages
    files = [
        *(f"{ADDRESS}?lang={lang}" for lang in ("id", "en")),
        pages.assets.url("handing_over/app.js"),
        pages.assets.url("handing_over/app.css"),
        *(f"/static/handing_over/{name}" for name in MODULES),
        pages.assets.url("favicon.svg"),
        pages.assets.url("vendor/zxing/reader.js"),
        pages.assets.url("vendor/zxing/zxing_reader.wasm"),
        "/handovers/scanner.js",
        "/handovers/app.webmanifest",
    ]
    inside = [*files, *(pages.assets.url(f"handing_over/{name}") for name in MODULES)]
    shells = (FOLDER / "app.html").read_text() + json.dumps(APP_WORDS) + SCANNER
    version = hashlib.sha256("\n".join([*inside, shells, WORKER]).encode()).hexdigest()[:16]
    head = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(files)};\n"
    return _script(request, head + WORKER, wasm=False)


@router.get("/scanner.js", dependencies=[shell])
async def get_scanner(request: Request) -> Response:
    """Return the worker that reads codes. A worker's policy is its own answer's, not the page's."""
    return _script(request, SCANNER, wasm=True)


def _script(request: Request, text: str, *, wasm: bool) -> Response:
    policy = content_security_policy(request.app.state.settings, wasm=wasm)
    headers = {"content-security-policy": policy, "cache-control": "no-cache"}
    return Response(text, media_type="text/javascript", headers=headers)


@router.get("/app.webmanifest", dependencies=[shell])
async def get_manifest(request: Request) -> Response:
    """Return what lets a phone put the app on its first screen."""
    pages: Pages = request.app.state.pages
    _ = pages.gettext(request)
    title = APP_WORDS["title"]
    manifest = {
        "name": _(title),
        "short_name": _(title),
        "start_url": f"{ADDRESS}?lang=id",
        "scope": "/handovers/",
        "display": "standalone",
        "background_color": "#faf7f2",
        "theme_color": "#6d1a1f",
        "icons": [
            {"src": pages.assets.url("favicon.svg"), "sizes": "any", "type": "image/svg+xml"}
        ],
    }
    return JSONResponse(manifest, media_type="application/manifest+json")
