"""Renders a service's HTML pages in the shell that the three services share."""

import gettext
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.requests import Request

from common.regions import place_of
from common.web import words
from common.web.assets import Assets
from common.web.formats import Formats, mask
from common.web.headers import content_security_policy
from common.web.languages import LANGUAGES, language, translations
from common.web.menu import Link, links_for
from common.web.menu_entries import MENU, SERVICES, MenuEntry

COMMON_TEMPLATES = Path(__file__).parent / "templates"


class Pages:
    """The pages of one service.

    `template_packages` says where templates lie: `{"intake": "registry.intake.pages"}` finds
    `intake/upload.html` beside that package's code. Files for the browser that lie there too
    (`.js`, `.css`, `.svg`) are `static("intake/upload.js")`.
    """

    def __init__(
        self,
        service: str,
        *,
        template_packages: Mapping[str, str],
        locale_dirs: Sequence[Path] = (),
        menu: Sequence[MenuEntry] = MENU,
    ) -> None:
        folders = {name: folder_of(package) for name, package in template_packages.items()}
        self.service = service
        self.menu = menu
        self.assets = Assets(folders)
        self._texts = {lang: translations(lang, locale_dirs) for lang in LANGUAGES}
        self._environments = {
            lang: new_environment(lang, folders.items(), texts, self.assets)
            for lang, texts in self._texts.items()
        }

    def render(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        wasm: bool = False,
        **context: object,
    ) -> HTMLResponse:
        """Answer with a page. `wasm=True` for the page that runs the card scanner."""
        found = self._environments[language(request)].get_template(template)
        html = found.render({**self._context(request), **context})
        # A page is made for one person: no shared cache and no "back" after signing out shows it.
        headers = {"cache-control": "no-store", "content-language": language(request)}
        if wasm:
            settings = request.app.state.settings
            headers["content-security-policy"] = content_security_policy(settings, wasm=True)
        return HTMLResponse(html, status_code=status, headers=headers)

    def home(self, request: Request) -> HTMLResponse:
        """Answer with the start page: what the person can do here, or how to sign in."""
        return self.render(request, "common/home.html")

    def gettext(self, request: Request) -> Callable[[str], str]:
        """Return `_` for the language of a request, for texts that Python code makes."""
        return self._texts[language(request)].gettext

    def _context(self, request: Request) -> dict[str, object]:
        principal = getattr(request.state, "principal", None)
        settings = request.app.state.settings
        links = links_for(
            getattr(principal, "permissions", frozenset()),
            settings,
            service=self.service,
            path=request.url.path,
            menu=self.menu,
        )
        return {
            "request": request,
            "service": self.service,
            "principal": principal,
            # Unknown is not signed out: an error page of a signed-in person offers no sign-in.
            "is_signed_out": hasattr(request.state, "principal") and principal is None,
            "place": place_name(principal),
            "csrf_token": getattr(request.state, "csrf_token", "") or "",
            "menu": links,
            "menu_groups": grouped(links),
            "is_demo": bool(getattr(settings, "demo", False)),
            "is_htmx": request.headers.get("hx-request") == "true",
            "return_to": return_path(request),
            "account_url": account_url(settings),
        }


def render(
    request: Request, template: str, *, status: int = 200, wasm: bool = False, **context: object
) -> HTMLResponse:
    """Answer with a page of the service that received the request (`app.state.pages`)."""
    pages: Pages = request.app.state.pages
    return pages.render(request, template, status=status, wasm=wasm, **context)


def new_environment(
    lang: str,
    folders: Iterable[tuple[str, Path]],
    texts: gettext.NullTranslations,
    assets: Assets,
) -> Environment:
    """Return what renders templates in one language; a name that is not given is an error."""
    environment = Environment(
        loader=ChoiceLoader(
            [
                PrefixLoader({name: FileSystemLoader(folder) for name, folder in folders}),
                FileSystemLoader(COMMON_TEMPLATES),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(texts, newstyle=True)  # type: ignore[attr-defined]
    formats = Formats(lang)
    environment.globals |= {
        "lang": lang,
        "static": assets.url,
        "number": formats.number,
        "rupiah": formats.rupiah,
        "date": formats.date,
        "time": formats.time,
        "datetime": formats.datetime,
        "mask": mask,
        "place_of": place_of,
        "state_label": words.state_label,
        "state_tone": words.state_tone,
        "role_label": words.role_label,
    }
    return environment


def folder_of(package: str) -> Path:
    """Return the folder of a package; ModuleNotFoundError when there is none."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"no package {package} to take templates from")
    return Path(next(iter(spec.submodule_search_locations)))


def place_name(principal: object) -> str:
    """Return the region that a person's role is limited to, in words; empty for none."""
    regions: Iterable[str] = getattr(principal, "regions", None) or ()
    return "; ".join(place_of(code) for code in sorted(regions))


def account_url(settings: object) -> str:
    """Return where a person finds their own account; empty when another provider has it."""
    if getattr(settings, "oidc_issuer", ""):
        return ""
    return str(getattr(settings, "registry_url", "")).rstrip("/") + "/account"


def grouped(links: Sequence[Link]) -> list[tuple[str, list[Link]]]:
    """Return the menu by service, each under its heading, always in the same order."""
    groups = (
        (heading, [link for link in links if link.service == name])
        for name, heading in SERVICES.items()
    )
    return [(heading, found) for heading, found in groups if found]


def return_path(request: Request) -> str:
    """Return where the language switch comes back to: this page, when it can be asked for again."""
    path = request.url.path
    if request.method != "GET":
        return path
    asked = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return f"{path}?{urlencode(asked)}" if asked else path
