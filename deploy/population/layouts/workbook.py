"""Workbooks that are the same bytes for the same contents."""

from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

CREATED_AT = datetime(2026, 7, 1)  # noqa: DTZ001 - as workbooks keep it, without a zone


def new_workbook(path: Path, streaming: bool = False) -> Any:
    """Return an empty workbook; a streaming one keeps one row in memory and is written in order."""
    options = {"constant_memory": streaming, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    # The clock would otherwise make every run's bytes differ.
    book.set_properties({"author": "population", "created": CREATED_AT})
    return book
