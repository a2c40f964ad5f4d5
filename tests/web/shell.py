"""A small app in the shared shell, with every part of a page, for the tests of this folder."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import qrcode
import uvicorn
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.responses import RedirectResponse, Response

from common.auth.principal import Principal
from common.middleware import RequestScope
from common.web import languages
from common.web.assets import static_app
from common.web.headers import security_headers
from common.web.pages import Pages, render

CSRF_TOKEN = "t0k"
router = APIRouter()
WHEN = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)
MENU_OF_EVERYTHING = frozenset(
    {
        "people.read",
        "intake.upload",
        "programmes.read",
        "lists.verify",
        "accounts.manage",
        "audit.read",
        "cards.read",
        "cards.print",
        "keys.read",
        "redemptions.redeem",
        "redemptions.read",
        "partners.read",
        "settlement.read",
    }
)


@dataclass(frozen=True)
class Settings:
    public_url: str = "http://127.0.0.1:8001"
    registry_url: str = "http://127.0.0.1:8001"
    issuance_url: str = "http://127.0.0.1:8002"
    redemption_url: str = "http://127.0.0.1:8003"
    issuer: str = "http://127.0.0.1:8001"
    demo: bool = True


def a_person(*permissions: str, **changes: object) -> Principal:
    known: dict[str, Any] = {
        "subject": "p-1",
        "name": "Norhayati Usop",
        "roles": frozenset({"village_operator"}),
        "permissions": frozenset(permissions),
        "regions": ("62.01.01.2006",),
    }
    return Principal(**{**known, **changes})


def new_app(principal: Principal | None = None, settings: Settings | None = None) -> FastAPI:
    settings = settings or Settings()
    app = FastAPI()
    app.state.settings = settings
    app.state.caller = principal
    app.state.sent = []
    app.state.pages = Pages("registry", template_packages={"gallery": "tests.web.gallery"})
    app.add_middleware(RequestScope, headers=security_headers(settings))
    app.mount("/static", static_app(app.state.pages.assets))
    app.include_router(languages.router)
    app.include_router(router)
    return app


def page(request: Request, template: str, **context: Any) -> HTMLResponse:
    request.state.principal = request.app.state.caller
    request.state.csrf_token = CSRF_TOKEN
    return render(request, template, **context)


@router.get("/")
async def get_home(request: Request) -> Response:
    return page(request, "common/home.html")


@router.get("/households")
async def get_reading(request: Request) -> Response:
    return page(request, "gallery/reading.html", **reading())


@router.get("/households/none")
async def get_nothing(request: Request) -> Response:
    return page(request, "gallery/nothing.html")


@router.get("/imports/new")
async def get_form(request: Request) -> Response:
    return page(request, "gallery/form.html", errors={}, village="62.01.01.2006")


@router.post("/imports/new")
async def post_form(request: Request) -> Response:
    async with request.form() as form:
        request.app.state.sent.append({**request.headers, "csrf_token": form["csrf_token"]})
    errors = {
        "village": "Pilih desa.",
        "file": "Pilih berkas .xlsx.",
        "content": "Pilih isi berkas.",
        "reason": "Isi alasan.",
        "is_official": "Nyatakan dari mana data ini.",
    }
    return page(request, "gallery/form.html", status=422, errors=errors, village="")


@router.get("/imports/1")
async def get_job(request: Request) -> Response:
    return page(request, "gallery/job.html", done=31, is_running=True)


@router.get("/imports/1/progress")
async def get_progress(request: Request) -> Response:
    request.app.state.sent.append(dict(request.headers))
    return page(request, "gallery/progress.html", done=97, is_running=False)


@router.post("/imports/1/retry")
async def post_retry(request: Request) -> Response:
    request.app.state.sent.append(dict(request.headers))
    return page(request, "gallery/progress.html", done=50, is_running=False)


@router.post("/imports/1/broken")
async def post_broken(request: Request) -> Response:
    return page(request, "common/problem.html", status=500, problem=a_problem())


@router.get("/scan")
async def get_scan(request: Request) -> Response:
    return page(request, "gallery/scan.html", wasm=True)


@router.get("/scan/blocked")
async def get_scan_blocked(request: Request) -> Response:
    return page(request, "gallery/scan.html")


@router.get("/scan/qr.png")
async def get_code(text: str) -> Response:
    drawn = io.BytesIO()
    qrcode.make(text, border=4).save(drawn, "PNG")
    return Response(drawn.getvalue(), media_type="image/png")


@router.post("/elsewhere")
async def post_elsewhere(request: Request) -> Response:
    return RedirectResponse(f"{request.app.state.settings.redemption_url}/message", 303)


@router.get("/elsewhere")
async def get_elsewhere(request: Request) -> Response:
    return page(request, "gallery/elsewhere.html")


@router.get("/problem")
async def get_problem(request: Request) -> Response:
    return page(request, "common/problem.html", status=403, problem=a_problem())


@router.get("/message")
async def get_message(request: Request) -> Response:
    return page(request, "common/message.html", **message())


@router.get("/confirm")
async def get_confirm(request: Request) -> Response:
    return page(request, "common/confirm.html", **confirm())


def reading() -> dict[str, Any]:
    names = ["Norhayati", "Yansen Tandjung", "Sri Wahyuni", "Ahmad Zaini bin H. Abdurrahman"]
    return {
        "rows": [
            {
                "name": name,
                "nik": f"62010155018{index}000{index}",
                "born_on": date(1985, 1, 15 + index),
                "state": state,
                "amount": 150_000 * (index + 1),
            }
            for index, (name, state) in enumerate(
                zip(names, ("eligible", "needs_review", "ineligible", "draft"), strict=True)
            )
        ],
        "when": WHEN,
    }


def a_problem() -> dict[str, Any]:
    return {
        "title": "Peran Anda tidak mengizinkan ini",
        "detail": "Minta kepada orang yang berwenang, atau masuk dengan akun yang sesuai.",
        "request_id": "0193500a-7b1c-7d2e-9f00-5a5a5a5a5a5a",
    }


def message() -> dict[str, Any]:
    return {
        "heading": "Bantuan sudah diserahkan",
        "text": "Catat atau cetak bukti ini bila keluarga memintanya.",
        "facts": [("Bantuan", "Paket pangan"), ("Waktu", "21 November 2026, 14.05 WIB")],
        "links": [("/", "Layani keluarga berikutnya"), ("/households", "Lihat penebusan")],
    }


def confirm() -> dict[str, Any]:
    return {
        "heading": "Setujui daftar penerima",
        "text": "Setelah disetujui, kartu diterbitkan untuk 1.204 keluarga.",
        "action": "/imports/new",
        "confirm_label": "Setujui daftar",
        "cancel_href": "/households",
        "facts": [("Program", "Bantuan pangan"), ("Dasar hukum", "SK Gubernur 188.44/21/2026")],
        "fields": {"list_id": "0193500a"},
    }


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """Serve an app on a free port of this machine, and give its address."""
    config = uvicorn.Config(
        app, log_level="error", ws="none", lifespan="off", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # The socket already listens: a request waits in it until the server is up.
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task
