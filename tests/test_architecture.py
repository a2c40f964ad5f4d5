"""Rules of this house that import-linter, ruff and mypy cannot say. Each test is one rule."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from tests.clients import settings_values

from common import events
from common.auth.permissions import PERMISSIONS
from common.auth.principal import permission_of
from common.problems import COMMON_REFUSALS, RefusalText

ROOT = Path(__file__).parents[1]
SERVICES = ("registry", "issuance", "redemption")
FOLDERS = {
    "common": ROOT / "libs/common/common",
    **{service: ROOT / "services" / service / service for service in SERVICES},
    "deploy": ROOT / "deploy",
}
FUNCTION_LINES_MAX = 40
MODULE_LINES_MAX = 250
POSITIONAL_MAX = 5
FORBIDDEN_NAMES = frozenset({"utils", "helpers", "misc", "base", "core", "manager", "service"})
FORBIDDEN_ENDINGS = ("Manager", "Helper", "Helpers", "Utils", "Util", "Misc", "Repository")
# Events that no service hears, each with the reason why it is sent all the same.
UNHEARD: dict[str, str] = {}
# Events that no service sends any more, each with the reason why it is heard all the same.
UNSENT: dict[str, str] = {
    "RedemptionRecordedV1": "told line by line until 2026-12; some may lie in a queue for a year",
}
# Who may hold private keys. Cards are signed by issuance.signing alone; the registry's built-in
# accounts sign access tokens, and each service the checkpoints of its audit chain, with keys of
# their own.
PRIVATE_KEY_HOLDERS = (
    "issuance.signing",
    # The off-line root, which signs trust bundles by a command and is in no process.
    "issuance.trust.root_key",
    "registry.accounts.token_keys",
    "common.audit_checkpoint",
    # Opens what was sealed to a service; its keys sign nothing.
    "common.sealed_to",
    # Messages to other agencies' systems; these keys sign nothing else.
    "registry.dci.message_keys",
)
PRIVATE_KEY_WORDS = re.compile(
    r"PrivateKey$|^load_\w*private|^OKPKey$|^ECKey$|^RSAKey$|^generate_private_key$"
)
# Who reads the environment: settings do, and the one-machine stack is made of it.
ENVIRONMENT_READERS = ("common.settings",)
MADE = re.compile(r"""f["']([a-z_]+_{[^"'{}]+}|{[^"'{}]+}_[a-z_]+)["']""")
# What is answered without a route of ours.
NOT_ROUTES = frozenset({"/static", "/openapi.json"})


def modules(*packages: str) -> Iterator[tuple[str, Path]]:
    """Every module of our packages, with its dotted name."""
    for package in packages or FOLDERS:
        folder = FOLDERS[package]
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            if "node_modules" not in parts:
                dotted = ".".join((package, *parts))
                yield dotted.removesuffix(".__init__"), path


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def is_frozen(name: str) -> bool:
    """A migration that has run is never changed: it stays as long as it was written."""
    return ".migrations." in name


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file names in an import, and every name it takes from one."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def lines_of(found: Iterable[str]) -> str:
    return "\n".join(sorted(found))


def where(name: str, node: ast.AST) -> str:
    return f"{name}:{getattr(node, 'lineno', 0)}"


@cache
def app_of(service: str) -> FastAPI:
    settings = settings_of(service)
    made: FastAPI = importlib.import_module(f"{service}.app").create_app(settings)
    return made


def settings_of(service: str) -> Any:
    kind = importlib.import_module(f"{service}.settings").Settings
    values = settings_values("postgresql+asyncpg://nobody:x@127.0.0.1:1/nothing")
    for name, field in kind.model_fields.items():
        if field.is_required() and name not in values:
            values[name] = values["sealing_key"]
    return kind(**values)


# ----------------------------------------------------------------------------- size and names


def test_no_function_is_longer_than_a_screen():
    too_long = [
        f"{where(name, node)} {node.name} has {length} lines"
        for name, path in modules()
        if not is_frozen(name)
        for node in ast.walk(tree_of(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]
    assert not too_long, lines_of(too_long)


def test_no_module_is_longer_than_a_person_reads_at_once():
    lengths = {
        name: len(path.read_text().splitlines()) for name, path in modules() if not is_frozen(name)
    }
    assert {name: n for name, n in lengths.items() if n > MODULE_LINES_MAX} == {}


def test_no_function_takes_more_than_five_positional_arguments():
    """Routes and commands are called by name, by a framework."""
    too_many = []
    for name, path in modules():
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            given = [one.arg for one in (*node.args.posonlyargs, *node.args.args)]
            own = [arg for arg in given if arg not in {"self", "cls"}]
            is_called_by_framework = any(isinstance(one, ast.Call) for one in node.decorator_list)
            is_command = node.name == "main"
            if len(own) > POSITIONAL_MAX and not (is_called_by_framework or is_command):
                too_many.append(f"{where(name, node)} {node.name}")
    assert not too_many, lines_of(too_many)


def test_nothing_has_a_name_that_says_nothing():
    empty_names = [
        name for name, path in modules() if FORBIDDEN_NAMES & set(re.split(r"[._]", name))
    ]
    empty_names += [
        f"{where(name, node)} {node.name}"
        for name, path in modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and node.name.endswith(FORBIDDEN_ENDINGS)
    ]
    assert not empty_names, lines_of(empty_names)


def test_nothing_is_left_to_be_done_later():
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    left = [name for name, path in modules() if marks.search(path.read_text())]
    assert not left, lines_of(left)


def test_every_module_says_what_belongs_there():
    silent = [
        name
        for name, path in modules()
        if path.read_text().strip() and not is_frozen(name)
        and ast.get_docstring(tree_of(path)) is None
        and path.stem not in {"env", "__init__"}
    ]  # fmt: skip
    assert not silent, lines_of(silent)


# -------------------------------------------------------------------------------- boundaries


def test_only_signing_holds_the_private_keys_of_cards():
    holders = {
        name
        for name, path in modules("common", *SERVICES)
        for used in imports_of(path)
        if PRIVATE_KEY_WORDS.search(used.rsplit(".", 1)[-1])
    }
    others = {name for name in holders if not name.startswith(PRIVATE_KEY_HOLDERS)}
    assert not others, lines_of(others)


def test_only_issuance_calls_a_signer():
    """`common.card_token` verifies and never signs; nobody else can ask for a signature.

    `common.audit_checkpoint` signs where an audit chain ends, and nothing that is given to it;
    `registry.dci.message_keys` signs envelopes of the DCI standard, whose text is its own.
    """
    calls = [
        where(name, node)
        for name, path in modules("common", "registry", "redemption")
        if name not in {"common.audit_checkpoint", "registry.dci.message_keys"}
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "sign"
    ]
    assert not calls, lines_of(calls)


def test_the_orm_is_not_used():
    users = [
        name
        for name, path in modules()
        for used in imports_of(path)
        if used.startswith(("sqlalchemy.orm", "sqlalchemy.ext.declarative"))
        or used.endswith((".AsyncSession", ".async_sessionmaker"))
    ]
    assert not users, lines_of(users)


def test_only_settings_read_the_environment():
    readers = {
        name
        for name, path in modules("common", *SERVICES)
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
    }
    assert readers <= set(ENVIRONMENT_READERS)


def test_nothing_reads_settings_while_it_is_imported():
    early = []
    for name, path in modules("common", *SERVICES):
        for node in _run_at_import(tree_of(path)):
            is_settings = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Settings")
            if is_settings:
                early.append(where(name, node))
    assert not early, lines_of(early)


def _run_at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """What runs when a module is imported: not the inside of functions, nor of `__main__`."""
    pending: list[ast.AST] = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and "__name__" in ast.unparse(node.test))
    ]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))


def capabilities(service: str) -> set[str]:
    return {
        path.name
        for path in FOLDERS[service].iterdir()
        if (path / "__init__.py").exists() and path.name not in {"migrations", "locale"}
    }


@pytest.mark.parametrize("service", SERVICES)
def test_a_capability_uses_a_sibling_through_its_verbs_and_queries_only(service: str):
    """Never through its tables, nor through its doors: routes, pages and handlers."""
    closed = ("tables", "routes", "pages", "handlers")
    known = capabilities(service)
    trespasses = set()
    for name, path in modules(service):
        _, *rest = name.split(".")
        if not rest or rest[0] not in known:
            continue
        for used in imports_of(path):
            parts = used.split(".")
            is_sibling = parts[0] == service and len(parts) > 2 and parts[1] in known - {rest[0]}
            if is_sibling and (parts[2] in closed or parts[2].endswith("_tables")):
                trespasses.add(f"{name} uses {'.'.join(parts[:3])}")
    assert not trespasses, lines_of(trespasses)


LEVELS = ("rules", "tables", "queries", "verb", "schemas", "door")


def level_of(home: str, module: str) -> int:
    """How high a module of a capability stands; imports point down."""
    if module in {"routes", "pages", "handlers"} or module.endswith(("_routes", "_handlers")):
        return LEVELS.index("door")
    for word in ("schemas", "queries", "tables", "rules"):
        if module == word or module.endswith(f"_{word}"):
            return LEVELS.index(word)
    return LEVELS.index("rules" if _is_pure(f"{home}.{module}") else "verb")


def _is_pure(dotted: str) -> bool:
    """Values and rules under another name: it imports no library that does IO, and no sibling."""
    service, capability, module = dotted.split(".")
    path = FOLDERS[service] / capability / f"{module}.py"
    with_effects = ("sqlalchemy", "fastapi", "starlette", "httpx2", f"{service}.{capability}.")
    return path.exists() and not any(used.startswith(with_effects) for used in imports_of(path))


@pytest.mark.parametrize("service", SERVICES)
def test_inside_a_capability_imports_point_down(service: str):
    upward = set()
    for name, path in modules(service):
        _, *rest = name.split(".")
        if len(rest) < 2 or rest[0] not in capabilities(service):
            continue
        home = f"{service}.{rest[0]}"
        here = level_of(home, rest[1])
        for used in imports_of(path):
            target = used.removeprefix(f"{home}.").split(".")[0]
            if used.startswith(f"{home}.") and _is_module(f"{home}.{target}"):
                there = level_of(home, target)
                if there > here:
                    upward.add(f"{name} ({LEVELS[here]}) imports {target} ({LEVELS[there]})")
    assert not upward, lines_of(upward)


def _is_module(dotted: str) -> bool:
    service, *rest = dotted.split(".")
    path = FOLDERS[service].joinpath(*rest)
    return path.with_suffix(".py").exists() or path.is_dir()


# ----------------------------------------------------------------------------------- contracts


def handled_by(service: str) -> set[str]:
    """The types of events that a service's worker handles."""
    handlers = importlib.import_module(f"{service}.worker").handlers
    given = [settings_of(service)] if inspect.signature(handlers).parameters else []
    return {kind.event_type for kind in handlers(*given)}


def test_every_event_is_heard_by_some_service_or_declared_unheard():
    heard = set().union(*(handled_by(service) for service in SERVICES))
    assert heard <= set(events.EVENTS)
    assert set(events.EVENTS) - heard == set(UNHEARD)


def test_every_event_is_sent_by_the_one_service_that_owns_it():
    senders: dict[str, set[str]] = {kind.__name__: set() for kind in events.EVENTS.values()}
    for name, path in modules(*SERVICES):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rsplit(".", 1)[-1]
                if called in senders:
                    senders[called].add(name.split(".")[0])
    wanted = {kind: 0 if kind in UNSENT else 1 for kind in senders}
    assert {kind: len(by) for kind, by in senders.items()} == wanted, senders


def refusals_of(service: str) -> dict[str, RefusalText]:
    """The service's own refusals, from wherever its app takes them."""
    known: dict[str, RefusalText] = app_of(service).state.refusals
    return {code: text for code, text in known.items() if COMMON_REFUSALS.get(code) is not text}


@pytest.mark.parametrize("service", SERVICES)
def test_every_refusal_is_said_in_both_languages(service: str):
    for code, text in refusals_of(service).items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", code), code
        assert 400 <= text.status < 600, code
        pairs = ((text.title_id, text.title_en), (text.action_id, text.action_en))
        for indonesian, english in pairs:
            assert indonesian.strip(), code
            assert english.strip(), code
            assert indonesian != english, code
            # A fact may be said in each language its own way: {when_id}, {when_en}.
            facts = [
                {fact.removesuffix(f"_{language}") for fact in re.findall(r"{(\w+)}", words)}
                for language, words in (("id", indonesian), ("en", english))
            ]
            assert facts[0] == facts[1], code


def refused_codes(*packages: str) -> Iterator[tuple[str, str]]:
    """Every code that is refused with by name, and where."""
    for name, path in modules(*packages):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            is_refusal = ast.unparse(node.func) in {"Refused", "problems.Refused"}
            if is_refusal and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value), where(name, node)


@pytest.mark.parametrize("service", SERVICES)
def test_every_refusal_that_is_raised_has_its_words(service: str):
    known = app_of(service).state.refusals
    wordless = [f"{place} {code}" for code, place in refused_codes(service) if code not in known]
    assert not wordless, lines_of(wordless)


@pytest.mark.parametrize("service", SERVICES)
def test_every_refusal_that_has_words_can_happen(service: str):
    texts = [path.read_text() for name, path in modules(service) if "refusals" not in name]
    written = {code for text in texts for code in re.findall(r"[\"']([a-z0-9_]+)[\"']", text)}
    # A code may be put together: f"card_{status}".
    made = [re.sub(r"{[^}]*}", r"\\w+", code) for text in texts for code in re.findall(MADE, text)]
    unused = [
        code
        for code in refusals_of(service)
        if code not in written and not any(re.fullmatch(pattern, code) for pattern in made)
    ]
    assert not unused, lines_of(unused)


def test_every_common_refusal_that_is_raised_has_its_words():
    codes = {code for code, _ in refused_codes("common")}
    assert codes <= set(COMMON_REFUSALS)


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_names_its_permission_or_why_it_is_public(service: str):
    nameless = []
    for route in iter_route_contexts(app_of(service).routes):
        path = getattr(route, "path", "")
        if path in NOT_ROUTES or getattr(route, "dependant", None) is None:
            assert path in NOT_ROUTES or not path, f"{path} is no route of ours"
            continue
        named = permission_of(route)
        parts = (named or "").split(" + ")
        known = {"(public)", "(signed in)", *PERMISSIONS}
        if named is None or not set(parts) <= known or ("(public)" in parts and len(parts) > 1):
            nameless.append(f"{sorted(route.methods or ())} {path}: {named}")
    assert not nameless, lines_of(nameless)


@pytest.mark.parametrize("service", SERVICES)
def test_no_address_carries_a_number_or_a_name_of_a_person(service: str):
    """URLs end up in logs and histories: searching by such a thing is a POST."""
    personal = {"nik", "kk", "kk_number", "name", "card_number", "phone", "birth_on", "q", "query"}
    found = []
    for route in iter_route_contexts(app_of(service).routes):
        dependant = getattr(route, "dependant", None)
        if dependant is not None:
            asked = {field.alias for field in (*dependant.query_params, *dependant.path_params)}
            found += [f"{route.path}: {name}" for name in asked & personal]
    assert not found, lines_of(found)


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_is_documented_where_a_site_is_set_up(service: str):
    """In the examples, or in docker-compose.yml, which sets addresses and secrets itself."""
    places = [*(ROOT / "deploy/env").glob("*.example"), ROOT / "docker-compose.yml"]
    told = "\n".join(path.read_text() for path in places if path.exists())
    kind = importlib.import_module(f"{service}.settings").Settings
    silent = [
        name.upper()
        for name in kind.model_fields
        if name != "service" and not re.search(rf"\b{name.upper()}(_FILE)?\b", told)
    ]
    assert not silent, lines_of(silent)


@pytest.mark.parametrize("service", SERVICES)
def test_statements_are_built_once_and_named(service: str):
    """In `queries`, at module level: building one per call costs half of a request's CPU."""
    builders = {"select", "insert", "update", "delete"}
    found = []
    for name, path in modules(service):
        last = name.rsplit(".", 1)[-1]
        if is_frozen(name) or last.endswith(("queries", "tables", "bulk")):
            continue
        taken = {used for used in imports_of(path) if used.startswith("sqlalchemy.")}
        found += [f"{name}: {used}" for used in taken if used.rsplit(".", 1)[-1] in builders]
    assert not found, lines_of(found)
