"""Logs: JSON lines, only named fields, and no 16-digit number whatever its field."""

import logging
import re
import sys
from collections.abc import MutableMapping
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
    }
)
LONG_NUMBER = re.compile(r"(?<!\d)\d{16}(?!\d)")
REDACTED = "[16 digits]"


def allow_listed(
    _logger: object, _method: str, entry: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop fields that nobody named, and every 16-digit number (NIK and KK have that form)."""
    return {
        key: LONG_NUMBER.sub(REDACTED, value) if isinstance(value, str) else value
        for key, value in entry.items()
        if key in ALLOWED_FIELDS
    }


def configure(service: str, level: str = "INFO") -> None:
    """Send this process's logs, the libraries' too, to standard output as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _named(service),
        allow_listed,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                allow_listed,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Access lines come from our own middleware, with the route's template and not the URL.
    logging.getLogger("uvicorn.access").disabled = True
    for chatty in ("aiormq", "aio_pika", "httpx", "httpcore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _named(service: str) -> structlog.typing.Processor:
    def add_service(
        _logger: object, _method: str, entry: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        entry["service"] = service
        return entry

    return add_service
