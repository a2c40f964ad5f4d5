"""Logs: JSON lines, only named fields, and no 16-digit number whatever its field.

Of an exception the lines show where it happened and what kind it was. Its words are shown only
for kinds whose words a program wrote; those of a database or of a validator quote people's data.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any

import structlog

# A field that is not here is dropped: a name or a NIK can't slip in by a new keyword.
ALLOWED_FIELDS = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "service",
        "logger",
        "request_id",
        "method",
        "route",
        "status",
        "duration_ms",
        "event_id",
        "event_type",
        "attempt",
        "error",
        "errors",
        "reason",
        "count",
        "list_id",
        "batch_id",
        "import_id",
        "card_count",
        "partner_id",
        "code",
        "sqlstate",
        "key_id",
        "exception",
        "stack",
        "seconds",
        "rows",
        "worker",
        "permission",
        "client_id",
        "step",
        "chain_hash",
    }
)
# NIK and KK number, also as people write them: 6203 0101 0180 0001, 620301.010180.0001.
LONG_NUMBER = re.compile(r"(?<![\d.])\d(?:[ .]?\d){15}(?![\d])")
REDACTED = "[16 digits]"
# Their words are a programmer's, not a person's. KeyError is not here: it quotes the key.
SPEAKING_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    NameError,
    RuntimeError,
    TypeError,
)
FOREIGN_MAX_CHARACTERS = 300
LIBRARIES = "site-packages"

Entry = MutableMapping[str, Any]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def redacted(value: Any) -> Any:
    """Return a value without 16-digit numbers, however deep they lie."""
    if isinstance(value, str):
        return LONG_NUMBER.sub(REDACTED, value)
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return value
    if isinstance(value, int):
        return value if abs(value) < 10**15 else REDACTED
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redacted(one) for one in value]
    if isinstance(value, dict):
        return {redacted(str(key)): redacted(one) for key, one in value.items()}
    return LONG_NUMBER.sub(REDACTED, str(value))


def allow_listed(_logger: object, _method: str, entry: Entry) -> Entry:
    """Drop fields that nobody named, and every 16-digit number (NIK and KK have that form)."""
    return {key: redacted(value) for key, value in entry.items() if key in ALLOWED_FIELDS}


def where_it_happened(error: BaseException) -> str:
    """Return the frames and kinds of an exception and its causes, oldest cause first.

    Of libraries only the last frame is told: thirty of a framework's say nothing.
    """
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        ours = [one for one in frames[:-1] if LIBRARIES not in one.filename]
        lines[:0] = [*traceback.format_list([*ours, *frames[-1:]]), f"{_kind(current)}\n"]
        if isinstance(current, BaseExceptionGroup):
            lines += [where_it_happened(one) for one in current.exceptions]
        is_hidden = current.__suppress_context__
        current = current.__cause__ or (None if is_hidden else current.__context__)
    return "".join(lines)


def _kind(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    sqlstate = getattr(getattr(error, "orig", error), "sqlstate", None)
    words = str(error).splitlines()[:1] if isinstance(error, SPEAKING_ERRORS) else []
    return " ".join([name, *([f"[{sqlstate}]"] if sqlstate else []), *words])


def _say_exception(_logger: object, _method: str, entry: Entry) -> Entry:
    given = entry.pop("exc_info", None)
    if given is True:
        given = sys.exc_info()
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        entry["exception"] = where_it_happened(error)
    return entry


class JsonLines(logging.Formatter):
    """Gives the lines of libraries the form of ours."""

    def __init__(self, processors: list[structlog.typing.Processor]) -> None:
        super().__init__()
        self._processors = processors

    def format(self, record: logging.LogRecord) -> str:
        """Return one line; a library's further lines may quote anything and are left out."""
        first = (record.getMessage().splitlines() or [""])[0]
        line: Any = {
            "event": first[:FOREIGN_MAX_CHARACTERS],
            "logger": record.name,
            "exc_info": record.exc_info,
        }
        for process in self._processors:
            line = process(None, record.levelname.lower(), line)
        return str(line)


def configure(service: str, level: str = "INFO") -> None:
    """Send this process's logs, the libraries' too, to standard output as JSON lines."""
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _say_exception,
        _named(service),
        allow_listed,
        structlog.processors.JSONRenderer(json.dumps),
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.WriteLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(processors))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    # uvicorn has set its own handlers before it asks for the app.
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # Access lines come from our own middleware, with the route's template and not the URL.
    logging.getLogger("uvicorn.access").disabled = True
    for chatty in ("aiormq", "aio_pika", "httpx", "httpx2", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _named(service: str) -> structlog.typing.Processor:
    def add_service(_logger: object, _method: str, entry: Entry) -> Entry:
        entry["service"] = service
        return entry

    return add_service
