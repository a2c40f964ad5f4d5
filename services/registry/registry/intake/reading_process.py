"""Reading a file in a process of its own: `python -m registry.intake.reading_process`.

A large file keeps a core busy for long, and one that breaks its reader must not take the worker
with it. The order comes by standard input, for it holds keys; what is read goes out in frames.
"""

import gc
import pickle
import struct
import sys
from typing import BinaryIO

from common.problems import Refused
from registry.intake.reading import Head, Order, Tail, read

FRAME = struct.Struct(">ciI")  # What it is, how many rows, how many bytes follow.
FOUND, ROWS, END, REFUSED = b"F", b"R", b"E", b"X"


def main(source: BinaryIO, target: BinaryIO) -> None:
    """Read what is ordered and write it out; a refusal is written, anything else ends in 1."""
    # Hundreds of thousands of small objects and no circles: looking for some costs a sixth.
    gc.disable()
    order: Order = pickle.load(source)  # noqa: S301 - from the process that started this one
    try:
        for one in read(order):
            if isinstance(one, (Head, Tail)):
                _frame(target, FOUND, 0, pickle.dumps(one))
            else:
                _frame(target, ROWS, *one)
    except Refused as refusal:
        _frame(target, REFUSED, 0, pickle.dumps((refusal.code, dict(refusal.facts))))
    else:
        _frame(target, END, 0, b"")
    target.flush()


def _frame(target: BinaryIO, kind: bytes, rows: int, content: bytes) -> None:
    target.write(FRAME.pack(kind, rows, len(content)))
    target.write(content)


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
