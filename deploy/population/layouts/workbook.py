"""Workbooks that are the same bytes for the same contents."""

from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from population.people import REFERENCE_ON

CREATED_AT = datetime(REFERENCE_ON.year, REFERENCE_ON.month, REFERENCE_ON.day)  # noqa: DTZ001


def new_workbook(path: Path, streaming: bool = False) -> Any:
    """Return an empty workbook; a streaming one keeps one row in memory and is written in order."""
    options = {"constant_memory": streaming, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    # The clock would otherwise make every run's bytes differ.
    book.set_properties({"author": "population", "created": CREATED_AT})
    return book
