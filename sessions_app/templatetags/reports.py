"""The rows of a report's table, by functions, without {% load %}: a report of days has hundreds of cells."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.safestring import SafeString

from cashpilot.markup import filled, joined

register = template.Library()

ROWS = """<tbody>
{}
</tbody>
{}"""
TOTAL = """<tfoot>
{}
</tfoot>"""
ROW = "<tr>\n{}\n</tr>"
HEAD = '<th scope="row" class="{}">{}</th>'
HEAD_OF_TOTAL = '<th scope="row">{}</th>'
CELL = '<td{} class="{}"{}>{}</td>'


@register.filter
def report_rows(table: Any) -> SafeString:
    """Draw the rows and the total of a report's table (reports.Table)."""
    rows = joined((_row(_head(first), others) for first, *others in table.shown), "\n")
    return filled(ROWS, rows, filled(TOTAL, _total(*table.shown_total)) if table.total else "")


def _row(head: SafeString, others: Iterable[Any]) -> SafeString:
    return filled(ROW, joined([head, *map(_cell, others)], "\n"))


def _head(cell: Any) -> SafeString:
    return filled(HEAD, cell.css, _linked(cell, ' class="whole-link"'))


def _total(first: Any, *others: Any) -> SafeString:
    return _row(filled(HEAD_OF_TOTAL, first.text), others)


def _cell(cell: Any) -> SafeString:
    label = filled(' data-label="{}"', cell.label) if cell.label else ""
    result = filled(' data-result="{}"', cell.result) if cell.result else ""
    return filled(CELL, label, cell.css, result, _linked(cell))


def _linked(cell: Any, css: str = "") -> SafeString | str:
    text: str = cell.text
    return filled('<a{} href="{}">{}</a>', SafeString(css), cell.link, text) if cell.link else text
