"""The one prefixed log, and the progress that the person at the terminal sees."""

import json
import re
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from local.run_folder import RunFolder

LOG_BYTES = 50 * 1024 * 1024
"""The log moves aside to `stack.log.1` at this size; one older piece is kept."""
TAIL_LINES = 15
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Logbook:
    """Writes lines with the time and who said them; `echo` shows them at the terminal too."""

    path: Path
    echo: bool = False
    _tails: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._file = self.path.open("a", buffering=1, encoding="utf-8")

    def write(self, source: str, text: str) -> None:
        """Add a line."""
        text = COLOURS.sub("", text.rstrip())
        if not text:
            return
        line = f"{datetime.now(UTC):%H:%M:%S} {source:<18}| {text}\n"
        self._file.write(line)
        if self.echo:
            sys.stdout.write(line)
            sys.stdout.flush()
        tail = self._tails.setdefault(source, [])
        tail.append(text)
        del tail[:-TAIL_LINES]
        if self._file.tell() > LOG_BYTES:
            self._move_aside()

    def tail(self, source: str) -> str:
        """The last lines that `source` wrote: why it ended, most likely."""
        return "\n".join(self._tails.get(source, []))

    def _move_aside(self) -> None:
        self._file.close()
        self.path.replace(self.path.with_suffix(".log.1"))
        self._file = self.path.open("a", buffering=1, encoding="utf-8")

    def close(self) -> None:
        """Stop writing."""
        self._file.close()


class Progress:
    """The steps of a start: written by the supervisor, read by `make up`."""

    def __init__(self, folder: RunFolder, *, echo: bool = False):
        self._path = folder.progress
        self._path.write_text("")
        self._began = time.monotonic()
        self._echo = echo

    def say(self, event: str, step: str = "", detail: str = "") -> None:
        """Add an event: `done` with its step, `failed` with the reason, or `ready`."""
        seconds = round(time.monotonic() - self._began, 1)
        line = {"event": event, "step": step, "detail": detail, "seconds": seconds}
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        if self._echo:
            show_progress(line)


def show_progress(line: dict[str, object]) -> None:
    """Print one step for the person at the terminal."""
    if line["event"] == "done":
        print(f"  ✓ {line['step']}  ({line['seconds']} s)", flush=True)
    elif line["event"] == "failed":
        print(f"\n  ✗ {line['step']}\n{line['detail']}\n", file=sys.stderr, flush=True)
