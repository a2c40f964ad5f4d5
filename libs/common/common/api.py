"""The HTTP process of a service: FastAPI wired once, the same way for the three."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp

from common import health, logs, migrate, start
from common.auth import oidc, sign_in
from common.auth.identify import identify
from common.auth.issuer import Issuer
from common.auth.principal import public
from common.auth.refusal_notes import RefusalNotes
from common.auth.tokens import ACCESS_TOKEN, OUTSIDE_TYPES, TokenVerifier
from common.database import TransactionRoute, is_outcome_unknown, new_engine, sqlstate_of
from common.invalid_input import field_problem
from common.lean_route import Shortcuts
from common.middleware import RequestScope
from common.problems import COMMON_REFUSALS, SIGN_IN_CODES, RefusalText, Refused, problem
from common.sealed import BlindIndex, Sealer
from common.settings import ServiceSettings
from common.web.assets import static_app
from common.web.headers import security_headers
from common.web.languages import language
from common.web.languages import router as language_router
from common.web.pages import Pages

BODY_BYTES_MAX = 1024 * 1024
# What PostgreSQL says to a text, or to JSON, with U+0000 in it, which no person types.
NOT_A_CHARACTER = frozenset({"22021", "22P05"})
STATUS_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 403: "csrf_failed"}
log = structlog.get_logger()


def new_router(**options: Any) -> APIRouter:
    """Return a router whose requests are run again when PostgreSQL asks for it."""
    return APIRouter(route_class=TransactionRoute, **options)


class ServiceApp(FastAPI):
    """An app that RequestScope surrounds wholly.

    FastAPI puts its body limit and its last error handler outside of all middleware that one
    adds: their answers would leave without a request id, security headers and our form.
    """

    scope_headers: Sequence[tuple[bytes, bytes]] = ()

    def build_middleware_stack(self) -> ASGIApp:
        """Return the app behind its middleware."""

        def answer(request: Request, code: str) -> Response:
            return answer_problem(request, code, {})

        whole = super().build_middleware_stack()
        inner = Shortcuts(self, whole, body_bytes_max=BODY_BYTES_MAX)
        return RequestScope(inner, self.scope_headers, answer)


def build_app(
    settings: ServiceSettings,
    *,
    title: str,
    routers: Sequence[APIRouter],
    refusals: Mapping[str, RefusalText],
    template_packages: Mapping[str, str],
    prepare: Callable[[FastAPI], None] | None = None,
) -> FastAPI:
    """Return a service's app.

    `template_packages` maps a capability's name to the package its templates lie in; `prepare`
    may put the service's own things on `app.state` (they live as long as the process).
    """
    logs.configure(settings.service, settings.log_level)
    app = ServiceApp(
        title=title,
        version="1",
        lifespan=_lifespan(settings),
        max_body_size=BODY_BYTES_MAX,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    _add_state(app, settings, refusals)
    _add_identity(app, settings)
    app.state.pages = Pages(
        settings.service, template_packages=template_packages, locale_dirs=_locale(settings)
    )
    if prepare is not None:
        prepare(app)
    app.scope_headers = security_headers(settings)
    _add_handlers(app)
    app.mount("/static", static_app(app.state.pages.assets))
    # Routes are tried one after the other: what is asked most stands first.
    for router in (*routers, start.router, sign_in.router, health.router):
        app.include_router(router)
    app.include_router(language_router, dependencies=[Depends(public("a choice, not an act"))])
    return app


def _lifespan(settings: ServiceSettings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.engine = new_engine(
            settings.database_url,
            application_name=f"{settings.service} api",
            pool_size=settings.db_pool_size,
        )
        yield
        await app.state.engine.dispose()

    return lifespan


def _add_state(
    app: FastAPI, settings: ServiceSettings, refusals: Mapping[str, RefusalText]
) -> None:
    app.state.settings = settings
    app.state.migration_head = migrate.head_of(settings.service)
    app.state.refusals = {**COMMON_REFUSALS, **refusals}
    app.state.sealer = Sealer(settings.sealing_key.get_secret_value())
    app.state.event_sealer = Sealer(settings.event_sealing_key.get_secret_value())
    app.state.blind_index = BlindIndex(settings.blind_index_key.get_secret_value())


def _add_identity(app: FastAPI, settings: ServiceSettings) -> None:
    app.state.issuer = Issuer(settings.issuer, internal_address=settings.oidc_internal_url)
    app.state.verifier = TokenVerifier(
        issuer=settings.issuer,
        audience=settings.oidc_audience,
        roles_claim=settings.oidc_roles_claim,
        fetch=app.state.issuer.keys,
        access_types=OUTSIDE_TYPES if settings.oidc_issuer else {ACCESS_TOKEN},
    )
    app.state.identify = identify
    app.state.oidc = oidc.Client(settings, app.state.issuer)
    app.state.refusal_notes = RefusalNotes()


def _locale(settings: ServiceSettings) -> list[Path]:
    spec = find_spec(settings.service)
    folder = Path(spec.origin).parent / "locale" if spec and spec.origin else Path()
    return [folder] if folder.is_dir() else []


def wants_html(request: Request) -> bool:
    """Tell whether a person's browser asks for a page, as opposed to a program for data."""
    return "text/html" in request.headers.get("accept", "")


def answer_problem(request: Request, code: str, facts: Mapping[str, Any]) -> Response:
    """Answer a refusal: a page for a person, problem details for a program."""
    request_id = getattr(request.state, "request_id", "")
    status, body = problem(code, facts, request.app.state.refusals, language(request), request_id)
    is_part = request.headers.get("hx-request") == "true"
    # A part of a page cannot go to the sign-in page; its script reloads the whole on a 401.
    if wants_html(request) and not is_part and code in SIGN_IN_CODES:
        return RedirectResponse(sign_in.sign_in_url(request), status_code=303)
    if wants_html(request) or is_part:
        pages: Pages = request.app.state.pages
        _ = pages.gettext(request)
        links = [("/auth/login", _("Masuk"))] if code == "sign_in_failed" else []
        if form := _sent_from(request):
            links.append((form, _("Kembali ke halaman tadi")))
        return pages.render(
            request, "common/problem.html", status=status, problem=body, links=links
        )
    headers = {"www-authenticate": "Bearer"} if status == 401 else None
    answer = JSONResponse(
        _plain(body), status_code=status, headers=headers, media_type="application/problem+json"
    )
    answer.headers["cache-control"] = "no-store"
    return answer


def _sent_from(request: Request) -> str:
    """The page of this service whose form was refused: whoever corrects it need not look for it."""
    came = urlsplit(request.headers.get("referer", ""))
    is_own = came.netloc == request.headers.get("host") and came.path.startswith("/")
    if request.method != "POST" or not is_own or came.path.startswith("//"):
        return ""
    return came.path + (f"?{came.query}" if came.query else "")


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    plain = (str, int, float, bool, list, dict, tuple, type(None))
    return {key: value if isinstance(value, plain) else str(value) for key, value in body.items()}


def _add_handlers(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def on_refused(request: Request, refusal: Refused) -> Response:
        await request.app.state.refusal_notes.note(request, refusal)
        return answer_problem(request, refusal.code, refusal.facts)

    @app.exception_handler(RequestValidationError)
    async def on_invalid(request: Request, error: RequestValidationError) -> Response:
        fields = [field_problem(one) for one in error.errors()]
        return answer_problem(request, "invalid_input", {"fields": fields})

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        response = answer_problem(request, code_of(error.status_code), {})
        response.headers.update(error.headers or {})
        return response

    async def on_database(request: Request, error: Exception) -> Response:
        if sqlstate_of(error) in NOT_A_CHARACTER:
            return answer_problem(request, "invalid_input", {})
        log.error("database error", exc_info=error, sqlstate=sqlstate_of(error))
        code = "outcome_unknown" if is_outcome_unknown(error) else "internal_error"
        return answer_problem(request, code, {})

    for kind in (DBAPIError, SQLAlchemyError, OSError):
        app.add_exception_handler(kind, on_database)

    @app.exception_handler(Exception)
    async def on_anything(request: Request, _error: Exception) -> Response:
        return answer_problem(request, "internal_error", {})  # RequestScope logs it.


def code_of(status: int) -> str:
    """Return our word for a status that a library answered with."""
    if status in STATUS_CODES:
        return STATUS_CODES[status]
    return "invalid_input" if 400 <= status < 500 else "internal_error"
