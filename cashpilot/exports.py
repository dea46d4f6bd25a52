"""Tables as files, streamed: no export is held in memory."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import translation

# Without it spreadsheets read UTF-8 as something else.
BYTE_ORDER_MARK = "\ufeff"
# What makes a spreadsheet run a cell, the full-width forms included.
EXECUTABLE = tuple("=+-@\t\r\n＝＋－＠")
BLOCK = 32_768  # characters sent at once


def csv_response(filename: str, rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """`rows`, the first one the headings; texts that a spreadsheet would run are defused, numbers stay numbers."""
    content = _csv(rows, translation.get_language())
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _csv(rows: Iterable[Iterable[Any]], language: str | None) -> Iterator[str]:
    """The middleware's language is gone by the time the rows are read."""
    block = StringIO()
    block.write(BYTE_ORDER_MARK)
    writer = csv.writer(block)
    with translation.override(language):
        for row in rows:
            writer.writerow([defused(cell) for cell in row])
            if block.tell() > BLOCK:
                yield block.getvalue()
                block.seek(0)
                block.truncate()
        yield block.getvalue()


def defused(cell: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" \u00a0").startswith(EXECUTABLE) else cell
