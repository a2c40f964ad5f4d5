"""Which share of worn cards in poor pictures is read: ours as printed, beside symbols of other
formats at the same 30 millimetres, by three readers.

Trials are paired: the same wear, the same frame, for every symbol. What is ours is cut from the
300 dpi rendering of a real card's back; the others are drawn alone on white, which is kinder.
"""

import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import cv2
import numpy
import zxingcpp
from tests.benchmarks import Report
from tests.benchmarks.printed_symbols import alone, from_card
from tests.benchmarks.wear import (
    Picture,
    Printed,
    Shot,
    a_clear_shot,
    a_shot,
    stained,
    view,
    worn,
    worn_in_a_poor_picture,
)
from tests.issuance.drawn_cards import SHORT_ADDRESS, a_card

SEED = 20260220
TRIALS = {"full": 200, "smaller": 40}
# With one thing wrong, less varies.
SINGLE_SHARE = 0.2
ALPHANUMERIC = list("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$%*+-./:")
BYTES = list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
OURS = "ours v11-M"
# The format that carries what ours does, in the same version, drawn alone.
REFERENCE = "alone v11-M, 364 characters"
OTHERS = {
    # name: characters, version, correction, alphabet
    "short status v8-L": (274, 8, "L", ALPHANUMERIC),
    "short status v10-M": (274, 10, "M", ALPHANUMERIC),
    "short status v12-Q": (274, 12, "Q", ALPHANUMERIC),
    REFERENCE: (364, 11, "M", ALPHANUMERIC),
    "Claim 169 in full v13-M": (456, 13, "M", ALPHANUMERIC),
    "compact JWS v16-M": (447, 16, "M", BYTES),
}
Reader = Callable[[Picture], set[str]]
Trial = Callable[[Printed, numpy.random.Generator], Picture]


def measure(report: Report) -> None:
    """Measure scan_worn_share and scan_worn_vs_reference; print what else was seen."""
    trials = TRIALS[os.environ.get("SIZE") or "full"]
    symbols, readers = _symbols(), _readers()
    shares = _shares(worn_in_a_poor_picture, symbols, readers, trials)
    _print_readers(shares, list(readers), trials)
    _print_causes(symbols, max(20, round(trials * SINGLE_SHARE)))
    report.ratios["scan_worn_vs_reference"] = round(
        shares[OURS]["zxing-cpp"] / shares[REFERENCE]["zxing-cpp"], 3
    )
    for reader, share in shares[OURS].items():
        report.figures[f"scan_worn_share_{reader}"] = share
    report.figures["scan_worn_share"] = shares[OURS]["zxing-cpp"]
    report.sizes["scan_trials"] = trials


def _symbols() -> dict[str, tuple[str, Printed]]:
    usual, short = a_card(1, "SITI AMINAH"), a_card(2, "YA", address=SHORT_ADDRESS)
    found = {
        OURS: (usual.token, from_card(usual.face())),
        "ours v11-Q": (short.token, from_card(short.face())),
    }
    dice = numpy.random.default_rng(SEED)
    for name, (length, version, correction, alphabet) in OTHERS.items():
        text = "".join(dice.choice(alphabet, length))
        found[name] = text, alone(text, version, correction)
    return found


def _readers() -> dict[str, Reader]:
    opencv = cv2.QRCodeDetector()

    def by_opencv(picture: Picture) -> set[str]:
        try:
            return {opencv.detectAndDecode(picture)[0]}
        except cv2.error:
            # It gives up on some pictures by an error of its own.
            return set()

    found: dict[str, Reader] = {"zxing-cpp": _by_zxing, "opencv": by_opencv}
    zbar = _zbar()
    if zbar is not None:
        found["zbar"] = lambda picture: {
            one.data.decode("utf-8", "replace") for one in zbar.decode(picture)
        }
    return found


def _by_zxing(picture: Picture) -> set[str]:
    return {one.text for one in zxingcpp.read_barcodes(picture)}


def _zbar() -> Any:
    """Return pyzbar, with its library fetched when that can be done; None when it cannot."""
    for may_install in (True, False):
        try:
            return importlib.import_module("pyzbar.pyzbar")
        except ImportError:
            apt = shutil.which("apt-get")
            if not (may_install and apt and os.geteuid() == 0):
                break
            command = [apt, "install", "-qq", "-y", "--no-install-recommends", "libzbar0"]
            subprocess.run(command, check=False, timeout=300, capture_output=True)
    sys.stderr.write("zbar is left out: its library is missing (apt-get install libzbar0)\n")
    return None


def _shares(
    trial: Trial, symbols: dict[str, tuple[str, Printed]], readers: dict[str, Reader], trials: int
) -> dict[str, dict[str, float]]:
    read = {name: dict.fromkeys(readers, 0) for name in symbols}
    for name, (text, printed) in symbols.items():
        for number in range(trials):
            picture = trial(printed, numpy.random.default_rng([SEED, number]))
            for reader, texts in readers.items():
                read[name][reader] += text in texts(picture)
    return {
        name: {reader: count / trials for reader, count in counts.items()}
        for name, counts in read.items()
    }


def _causes() -> Iterator[tuple[str, Trial]]:
    """Give each thing that can be wrong with a card or its picture, alone."""
    for pixels in (150, 170, 190, 210, 240):
        yield f"{pixels} px across 30 mm", partial(_at_size, pixels)
    for share in (0.03, 0.05, 0.08, 0.10):
        yield f"stain over {share:.0%}", partial(_with_stain, share)
    faults: dict[str, dict[str, Any]] = {
        "perspective 12 %": {"tilt": ((0.12, 0.0), (-0.12, 0.1), (0.0, -0.12), (0.08, 0.0))},
        "defocus 2.5 px": {"defocus": 2.5},
        "motion 6 px": {"motion": 6.0},
        "shade 70 %": {"shade": 0.7},
        "glare": {"glare": 1.0},
        "noise 25": {"noise": 25.0},
        "JPEG 35": {"jpeg": 35},
    }
    for name, values in faults.items():
        yield name, partial(_with_fault, values)
    yield "wear alone", _only_worn
    yield "frame alone", _only_in_a_hurry


def _at_size(pixels: float, card: Printed, dice: numpy.random.Generator) -> Picture:
    return view(card, a_clear_shot(pixels, dice), dice)


def _with_stain(share: float, card: Printed, dice: numpy.random.Generator) -> Picture:
    return view(stained(card, share, dice), Shot(pixels=400), dice)


def _with_fault(values: dict[str, Any], card: Printed, dice: numpy.random.Generator) -> Picture:
    return view(card, replace(a_clear_shot(280, dice), **values), dice)


def _only_worn(card: Printed, dice: numpy.random.Generator) -> Picture:
    return view(worn(card, dice), a_clear_shot(300, dice), dice)


def _only_in_a_hurry(card: Printed, dice: numpy.random.Generator) -> Picture:
    return view(card, a_shot(dice), dice)


def _print_readers(shares: dict[str, dict[str, float]], readers: list[str], trials: int) -> None:
    _print_line(f"worn cards in poor pictures, {trials} trials", readers)
    for name, found in shares.items():
        _print_line(name, [f"{found[reader]:.0%}" for reader in readers])


def _print_causes(symbols: dict[str, tuple[str, Printed]], trials: int) -> None:
    chosen = {name: symbols[name] for name in (OURS, "ours v11-Q", REFERENCE)}
    _print_line(f"one cause alone, {trials} trials, zxing-cpp", list(chosen))
    for name, trial in _causes():
        shares = _shares(trial, chosen, {"zxing": _by_zxing}, trials)
        _print_line(name, [f"{found['zxing']:.0%}" for found in shares.values()])


def _print_line(name: str, cells: list[str]) -> None:
    sys.stderr.write(f"| {name:44} | {' | '.join(f'{cell:>11}' for cell in cells)} |\n")
