"""Keeps the English catalogues in step with the Indonesian texts in code and templates.

`python -m common.web.translations update` writes the texts it finds into the .po files and keeps
what was translated; `check` says what has no English yet and fails. Both read the source tree of
the workspace, so they are for developers and CI, not for an installed service.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

WORKSPACE = Path(__file__).parents[4]
SERVICE_NAMES = ("registry", "issuance", "redemption")
TRANSLATED = "en"
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}}
LINE_CHARACTERS = 100
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-z%]")
# Without dates and names of programs: a catalogue changes only when its texts do.
HEADER = f"""\
msgid ""
msgstr ""
"Language: {TRANSLATED}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


@dataclass(frozen=True, slots=True)
class Source:
    """A package whose texts are translated, and the catalogue they are in."""

    name: str
    code: Path
    catalogue: Path


def sources(workspace: Path = WORKSPACE) -> list[Source]:
    """Return the shell and the three services."""
    inside = Path("locale") / TRANSLATED / "LC_MESSAGES" / "messages.po"
    common = workspace / "libs/common/common"
    services = [workspace / "services" / name / name for name in SERVICE_NAMES]
    return [
        Source("common", common, common / "web" / inside),
        *(Source(folder.name, folder, folder / inside) for folder in services),
    ]


def found_in(code: Path) -> Catalog:
    """Return every text that a package's Python and templates have."""
    catalog = Catalog(locale=TRANSLATED)
    texts = extract_from_dir(code, METHODS, options_map=OPTIONS, keywords=DEFAULT_KEYWORDS)
    for filename, _line, message, comments, context in texts:
        # Without line numbers: moving a line is not a change of a text.
        catalog.add(message, locations=[(filename, 0)], auto_comments=comments, context=context)
    return catalog


def wanted(source: Source, shared: Catalog | None) -> Catalog:
    """Return what a package's catalogue must have; the shell's texts are looked up there."""
    catalog = found_in(source.code)
    for message in [*catalog]:
        if message.id and shared is not None and shared.get(message.id, message.context):
            catalog.delete(message.id, message.context)
    return catalog


def stored(path: Path) -> Catalog:
    """Return a catalogue as it is on disk; an empty one when there is none."""
    if not path.is_file():
        return Catalog(locale=TRANSLATED)
    with path.open("rb") as lines:
        return read_po(lines, locale=TRANSLATED)


def update(source: Source, template: Catalog) -> int:
    """Write a catalogue with the texts of now, and return how many it has."""
    catalog = stored(source.catalogue)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    if not len(catalog) and not source.catalogue.is_file():
        return 0
    source.catalogue.parent.mkdir(parents=True, exist_ok=True)
    with source.catalogue.open("wb") as out:
        out.write(HEADER.encode())
        write_po(
            out,
            catalog,
            width=LINE_CHARACTERS,
            omit_header=True,
            sort_output=True,
            include_lineno=False,
        )
    return len(catalog)


def faults(source: Source, template: Catalog) -> Iterator[str]:
    """Yield a line for each text that has no good English, and for each that is no longer used."""
    catalog = stored(source.catalogue)
    for message in template:
        if message.id:
            fault = fault_of(message, catalog.get(message.id, message.context))
            if fault:
                yield f"{source.name}: {fault}: {first(message.id)}"
    for message in catalog:
        if message.id and template.get(message.id, message.context) is None:
            yield f"{source.name}: no longer used: {first(message.id)}"
    for message in catalog.obsolete.values():
        yield f"{source.name}: obsolete: {first(message.id)}"


def fault_of(message: Message, stored_message: Message | None) -> str | None:
    """Return what is wrong with a translation, or None."""
    if stored_message is None:
        return "not in the catalogue"
    if stored_message.fuzzy:
        return "fuzzy"
    forms = ids_of(stored_message.string or "")
    if not all(forms):
        return "no English"
    # A plural may leave the number out of its singular: "one family".
    used = {part for form in forms for part in PLACEHOLDER.findall(form)}
    if used != set(PLACEHOLDER.findall(" ".join(ids_of(message.id)))):
        return "other placeholders"
    return None


def ids_of(text: str | Iterable[str]) -> list[str]:
    """Return the forms of a text: one, or singular and plural."""
    return [text] if isinstance(text, str) else [*text]


def first(text: str | Iterable[str]) -> str:
    """Return a text for a line of output."""
    return repr(ids_of(text)[0])


def run_update() -> int:
    """Update every catalogue."""
    for source, template in pairs():
        sys.stdout.write(f"{source.name}: {update(source, template)} texts\n")
    return 0


def run_check() -> int:
    """Print every fault; 1 when there is one."""
    lines = [line for source, template in pairs() for line in faults(source, template)]
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.write(
        f"translations: {len(lines)} to mend\n" if lines else "translations: in step\n"
    )
    return 1 if lines else 0


def pairs() -> Iterator[tuple[Source, Catalog]]:
    """Yield each package with the texts that its catalogue must have."""
    shared: Catalog | None = None
    for source in sources():
        template = wanted(source, shared)
        shared = shared or template
        yield source, template


COMMANDS: dict[str, Callable[[], int]] = {"update": run_update, "check": run_check}


def main(arguments: list[str]) -> int:
    """Run the command that was named."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        sys.stderr.write("python -m common.web.translations update|check\n")
        return 2
    return COMMANDS[arguments[0]]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
