"""`python -m local COMMAND`: what the Makefile's targets call."""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.rabbitmq import server_script
from local.services import SERVICES, ServiceSetup
from local.stack import Stack, StackFailed
from local.summary import print_codes, print_status, print_summary

CHECKOUT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run one command; the exit code."""
    options = _parser().parse_args()
    services = options.services
    stack = Stack.at(
        options.run_dir,
        population=options.population,
        prefer_known_ports=not options.any_ports,
        services=None if services is None else tuple(filter(None, services.split(","))),
    )
    commands: dict[str, Callable[[], int]] = {
        "up": lambda: _up(stack, foreground=options.foreground),
        "down": lambda: _down(stack),
        "reset": lambda: _reset(stack, sure=options.yes),
        "status": lambda: _tell(stack, print_status),
        "codes": lambda: _tell(stack, print_codes),
        "logins": lambda: _tell(stack, print_summary),
        "logs": lambda: _logs(stack),
        "supervise": lambda: _supervise(stack, background=options.background),
        "run": lambda: _run(stack, *options.words),
    }
    try:
        return commands[options.command]()
    except StackFailed as failure:
        print(f"\n{failure}\n\nmake logs: {stack.folder.log}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    names = ("up", "down", "reset", "status", "codes", "logins", "logs", "supervise", "run")
    parser.add_argument("command", choices=names)
    parser.add_argument("words", nargs="*", help="run: SERVICE MODULE …, after --")
    default = Path(os.environ.get("RUN_DIR") or CHECKOUT / ".run")
    parser.add_argument("--run-dir", type=Path, default=default, help="default: RUN_DIR or .run")
    population = os.environ.get("POPULATION") or "small"
    sizes = ("none", "small", "medium", "full")
    parser.add_argument("--population", choices=sizes, default=population)
    parser.add_argument("--foreground", action="store_true", help="stay, with the log, till Ctrl-C")
    parser.add_argument("--background", action="store_true", help="supervise: leave the terminal")
    parser.add_argument("--any-ports", action="store_true", help="do not prefer 8001, 8002, 8003")
    parser.add_argument("--services", help="only these, comma separated (for tests)")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _up(stack: Stack, *, foreground: bool) -> int:
    if not os.environ.get("AMQP_URL"):
        try:
            server_script()
        except RuntimeError as failure:
            print(failure, file=sys.stderr)
            return 1
    if foreground:
        return stack.run_in_foreground(ready=lambda: print_summary(stack.state))
    try:
        stack.up()
    except KeyboardInterrupt:
        stack.down()
        return 130
    print_summary(stack.state)
    return 0


def _down(stack: Stack) -> int:
    stopped = stack.down()
    print("Berhenti. / Stopped." if stopped else "Tidak ada yang berjalan. / Nothing was running.")
    return 0


def _reset(stack: Stack, *, sure: bool) -> int:
    if not stack.state.get("database_is_ours", True):
        print(
            "The databases registry, issuance and redemption are on the server of DATABASE_URL: "
            "drop them there yourself, then remove the run folder.",
            file=sys.stderr,
        )
        return 1
    question = f"Hapus semua data di / delete all data in {stack.folder.path}? [y/N] "
    asks = not sure and sys.stdin.isatty()
    if asks and input(question).strip().lower() not in ("y", "ya", "yes"):
        return 1
    stack.reset()
    print("Bersih. / Clean: `make up` starts over.")
    return 0


def _tell(stack: Stack, tell: Callable[[dict[str, Any]], None]) -> int:
    if not stack.is_running:
        print("Tidak berjalan / not running: make up", file=sys.stderr)
        return 1
    tell(stack.state)
    return 0


def _supervise(stack: Stack, *, background: bool) -> int:
    if background:
        # Nobody's child and in a session of its own: it outlives the terminal it was started from.
        if os.fork():
            return 0
        os.setsid()
    return stack.supervise()


def _run(stack: Stack, service: str = "", *module: str) -> int:
    """Run a module with the settings of one service, as its own processes have them."""
    if service not in SERVICES or not module:
        print(f"SERVICE: {', '.join(SERVICES)}; CMD: a module and its words", file=sys.stderr)
        return 2
    if not stack.is_running:
        return _tell(stack, print_status)
    found = {name: stack.state["services"][name] for name in SERVICES}
    setup = ServiceSetup(
        stack.folder,
        {name: one["port"] for name, one in found.items()},
        {name: one["database_url"] for name, one in found.items()},
        {name: one["amqp_url"] for name, one in found.items()},
        demo=stack.state["population"] != "none",
    )
    settings = setup.environment(service, signs=service == "issuance")
    return subprocess.call([sys.executable, "-m", *module], env=settings)


def _logs(stack: Stack) -> int:
    os.execvp("tail", ["tail", "-n", "200", "-F", str(stack.folder.log)])  # noqa: S606


if __name__ == "__main__":
    sys.exit(main())
