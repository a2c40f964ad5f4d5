"""Copies the browser libraries that npm fetched into the static folder, and proves them.

`npm ci --ignore-scripts` runs first, in libs/common. The hashes of every file that reaches a
browser are in vendor.json, in the repository: another content, even of the right version, is
refused. `--record` writes them anew after a version was changed on purpose.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
NODE_MODULES = HERE.parents[1] / "node_modules"
VENDOR = HERE / "static" / "vendor"
RECORD = HERE / "vendor.json"

# The modules of cborg that its main one imports, directly or not.
CBORG = (
    *("0uint", "1negint", "2bytes", "3string", "4array", "5map", "6tag", "7float"),
    *("bl", "byte-utils", "common", "decode", "encode", "is", "jump", "tagged", "token"),
)
# Where a file goes, and the npm file it is.
FILES = {
    "noble/ed25519.js": "@noble/ed25519/index.js",
    "noble/LICENSE.txt": "@noble/ed25519/LICENSE",
    "cborg/cborg.js": "cborg/cborg.js",
    **{f"cborg/lib/{name}.js": f"cborg/lib/{name}.js" for name in CBORG},
    "cborg/LICENSE.txt": "cborg/LICENSE",
    "qr/decode.js": "qr/decode.js",
    "qr/index.js": "qr/index.js",
    "qr/LICENSE.txt": "qr/LICENSE",
    "bootstrap/bootstrap.min.css": "bootstrap/dist/css/bootstrap.min.css",
    "bootstrap/LICENSE.txt": "bootstrap/LICENSE",
    "htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx/LICENSE.txt": "htmx.org/LICENSE",
    "icons.LICENSE.txt": "bootstrap-icons/LICENSE",
    "zxing/reader.js": "zxing-wasm/dist/iife/reader/index.js",
    "zxing/zxing_reader.wasm": "zxing-wasm/dist/reader/zxing_reader.wasm",
    "zxing/LICENSE.txt": "zxing-wasm/LICENSE",
}
SPRITE = "icons.svg"
ICONS = (
    "arrow-counterclockwise",
    "arrow-left",
    "arrow-repeat",
    "arrow-right",
    "arrows-move",
    "bank",
    "bar-chart",
    "box-seam",
    "box-arrow-in-right",
    "box-arrow-right",
    "calculator",
    "calendar-check",
    "calendar-event",
    "camera",
    "cash-coin",
    "chat-square-text",
    "check-circle-fill",
    "check-lg",
    "clipboard-check",
    "clock-history",
    "cloud-upload",
    "copy",
    "credit-card-2-front",
    "database",
    "diagram-3",
    "download",
    "envelope",
    "exclamation-triangle-fill",
    "eye",
    "file-earmark-arrow-up",
    "file-earmark-spreadsheet",
    "file-earmark-text",
    "flag",
    "funnel",
    "geo-alt",
    "graph-up",
    "grip-vertical",
    "hourglass",
    "hourglass-split",
    "house",
    "house-gear",
    "info-circle-fill",
    "intersect",
    "journal-check",
    "key",
    "list",
    "list-check",
    "lock",
    "map",
    "pencil",
    "people",
    "person-circle",
    "person-gear",
    "person-plus",
    "plus-lg",
    "phone",
    "printer",
    "qr-code",
    "qr-code-scan",
    "question-circle",
    "receipt",
    "search",
    "shield-check",
    "shield-lock",
    "shop",
    "slash-circle",
    "sliders",
    "table",
    "trash",
    "unlock",
    "upload",
    "volume-up",
    "wifi-off",
    "x-circle-fill",
    "x-lg",
)
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
# A drawing that could do more than be drawn has no place in a sprite.
FORBIDDEN = re.compile(r"<(script|style|foreignObject|image|use)\b|\son\w+=|href=", re.IGNORECASE)


class VendorMismatch(Exception):
    """A fetched file is missing or is not the one that was recorded."""


def gathered(node_modules: Path) -> dict[str, bytes]:
    """Return every vendored file with its content, the icon sprite included."""
    found = {}
    for target, source in FILES.items():
        path = node_modules / source
        if not path.is_file():
            raise VendorMismatch(f"{source} is not there: run npm ci --ignore-scripts first")
        found[target] = path.read_bytes()
    found[SPRITE] = sprite(node_modules / "bootstrap-icons" / "icons")
    return found


def sprite(folder: Path) -> bytes:
    """Return the chosen icons as one SVG file of symbols."""
    symbols = []
    for name in ICONS:
        path = folder / f"{name}.svg"
        if not path.is_file():
            raise VendorMismatch(f"there is no icon {name}")
        drawing = DRAWING.search(path.read_text())
        if drawing is None or FORBIDDEN.search(drawing[1]):
            raise VendorMismatch(f"the icon {name} is not a plain drawing")
        inside = " ".join(drawing[1].split())
        symbols.append(f'  <symbol id="{name}" viewBox="0 0 16 16">{inside}</symbol>\n')
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{"".join(symbols)}</svg>\n'.encode()


def hashes(files: dict[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each file, by name."""
    return {name: hashlib.sha256(body).hexdigest() for name, body in sorted(files.items())}


def verify(files: dict[str, bytes], recorded: dict[str, str]) -> None:
    """Raise VendorMismatch naming the files that are not the recorded ones."""
    found = hashes(files)
    wrong = [name for name in sorted(found | recorded) if found.get(name) != recorded.get(name)]
    if wrong:
        raise VendorMismatch(f"not what {RECORD.name} says: {', '.join(wrong)}")


def write(files: dict[str, bytes], folder: Path) -> int:
    """Put the files in place, leave equal ones alone, and return how many were written."""
    written = 0
    for name, body in files.items():
        path = folder / name
        if path.is_file() and path.read_bytes() == body:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        written += 1
    return written


def main(arguments: list[str]) -> int:
    """Vendor the files; with --record accept what npm fetched as the new truth."""
    try:
        files = gathered(NODE_MODULES)
        if "--record" in arguments:
            RECORD.write_text(json.dumps(hashes(files), indent=2) + "\n")
        verify(files, json.loads(RECORD.read_text()))
    except VendorMismatch as problem:
        sys.stderr.write(f"vendor: {problem}\n")
        return 1
    written = write(files, VENDOR)
    sys.stdout.write(f"vendor: {len(files)} files verified, {written} written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
