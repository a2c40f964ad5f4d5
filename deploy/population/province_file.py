"""One file for the whole province, written village by village."""

from pathlib import Path
from typing import IO, Any

from population.files import SheetWriter, csv_text
from population.layouts.known import Layout
from population.layouts.workbook import new_workbook
from population.records import Cell


class ProvinceFile:
    """A CSV or a workbook with the header of a layout that names the village in each row."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path = path
        self._layout = layout
        self._text: IO[str] | None = None
        self._book: Any = None
        self._sheet: SheetWriter | None = None

    @staticmethod
    def name_of(file_format: str) -> str:
        """Return the file's name below the province's folder."""
        return f"province/penduduk.{file_format}"

    @classmethod
    def of(cls, out: Path, file_format: str, layout: Layout) -> "ProvinceFile":
        """Return the province's file, not begun."""
        return cls(out / cls.name_of(file_format), layout)

    def begin(self) -> None:
        """Write the header."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.suffix == ".csv":
            self._text = self.path.open("w", encoding="utf-8", newline="")
            self._text.write(csv_text([self._layout.columns]))
            return
        self._book = new_workbook(self.path, streaming=True)
        self._sheet = SheetWriter(self._book, self._layout.sheet)
        self._sheet.add(self._layout.columns)

    def add(self, rows: list[list[Cell]] | str) -> None:
        """Write a village's rows: text for CSV, cells for a workbook."""
        if self._text is not None and isinstance(rows, str):
            self._text.write(rows)
        elif self._sheet is not None and not isinstance(rows, str):
            for cells in rows:
                self._sheet.add(cells)

    def close(self) -> None:
        """Finish the file."""
        if self._text is not None:
            self._text.close()
        if self._book is not None:
            self._book.close()
