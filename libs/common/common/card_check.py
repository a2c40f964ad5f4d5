"""Check a card's text without network, on any computer: `python -m common.card_check --help`.

For partners' engineers. The folder holds what was fetched: the status lists (`0.cwt`, …) and
`delta.cbor`. Ends with 0 for valid, 1 for refused, 2 for unknown, 3 when the files cannot be used.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from common import clock
from common.card_check_words import OUTCOMES, REASONS
from common.cose_keys import in_groups
from common.offline_check import Kept, Verdict, check
from common.status_delta import StatusDeltaRefused
from common.status_list import StatusListRefused
from common.trust_bundle import BundleRefused, open_bundle, peek

EXIT_CODES = {"valid": 0, "refused": 1, "unknown": 2}
CANNOT_TELL = 3
DELTA_NAME = "delta.cbor"
INPUT_CHARACTERS_MAX = 4_000


def main(
    trust: Annotated[Path, typer.Option(help="The trust bundle that was fetched.")],
    text: Annotated[str, typer.Argument(help="The text of the QR; - reads a line of input.")] = "-",
    lists: Annotated[Path, typer.Option(help="The folder of lists and delta.")] = Path(),
    root: Annotated[
        str, typer.Option(help="The root's fingerprint, from a source that you trust.")
    ] = "",
) -> None:
    """Say whether a card counts, and why not, in Indonesian and in English."""
    try:
        kept = _kept(trust.read_bytes(), lists, root)
    except (OSError, BundleRefused, StatusListRefused, StatusDeltaRefused) as error:
        typer.echo(f"cannot use the files: {error}", err=True)
        raise typer.Exit(CANNOT_TELL) from None
    if text == "-":
        text = sys.stdin.readline(INPUT_CHARACTERS_MAX).rstrip("\r\n")
    verdict = check(text, kept, clock.utc_now())
    for line in in_words(verdict):
        typer.echo(line)
    raise typer.Exit(EXIT_CODES[verdict.outcome])


def _kept(data: bytes, lists: Path, fingerprint: str) -> Kept:
    root = peek(data).root
    if not fingerprint:
        groups = " ".join(in_groups(root.thumbprint))
        typer.echo(f"root (compare it, or give it with --root): {groups}", err=True)
    elif root.thumbprint.hex() != "".join(fingerprint.split()).lower():
        raise BundleRefused("unknown_root")
    # A bundle that has run out still tells what is refused; `check` knows what it is worth.
    kept = Kept(open_bundle(data, [root]))
    for file in sorted(lists.glob("*.cwt")):
        kept.take_list(file.read_bytes())
    if (lists / DELTA_NAME).exists():
        kept.take_delta((lists / DELTA_NAME).read_bytes())
    return kept


def in_words(verdict: Verdict) -> list[str]:
    """Return a verdict for people, a line in each language."""
    lines = []
    for language in (0, 1):
        words = OUTCOMES[verdict.outcome][language]
        if verdict.reason:
            words += f": {REASONS[verdict.reason][language]} ({verdict.reason})"
        if verdict.since is not None:
            words += f", {('sejak', 'since')[language]} {verdict.since:%Y-%m-%d %H:%M} UTC"
        lines.append("; ".join([words, *(REASONS[note][language] for note in verdict.notes)]))
    return lines


if __name__ == "__main__":
    typer.run(main)
