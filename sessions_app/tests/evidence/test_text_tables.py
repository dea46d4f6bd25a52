"""CSV with whatever separator, and tables of web pages."""

import pytest
from django.core.exceptions import ValidationError

from sessions_app.evidence.text_tables import read_csv, read_html
from sessions_app.evidence.workbooks import read_workbook


@pytest.fixture(autouse=True)
def _english(settings):
    settings.LANGUAGE_CODE = "en"


def cells(text):
    return [row.cells for row in read_csv(text).rows]


TWO = [("Fecha", "Efectivo"), ("01/07/2026", "1.250.000")]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_usual_separator_and_end_of_line(separator, end):
    assert cells(end.join(separator.join(row) for row in TWO)) == TWO


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("Farmacia, Avda. España, Asunción, Paraguay\nFecha;Efectivo\n01/07/2026;1,250,000\n02/07/2026;1,250,000\n", 2),
        ("Fecha;Efectivo\n01/07/2026;1,250,000\n02/07/2026;2,250,000\n03/07/2026;3,250,000\n", 2),
        ('Fecha,Efectivo,Nota\n01/07/2026,"1,250,000","a;b;c;d"\n', 3),
        ("Fecha,Efectivo,Tarjeta\n01/07/2026,1,250,000,300,000\n", 6),
        ("Fecha|Nota\n01/07/2026|a;b;c\n02/07/2026|d;e;f\n", 2),
        ("01/07/2026;5\n02/07/2026;6\n", 2),
    ],
)
def test_the_separator_is_the_one_of_titles_and_lines(text, width):
    assert max(map(len, cells(text))) == width


def test_excel_may_say_the_separator_and_rows_keep_their_numbers():
    sheet = read_csv("sep=|\nFecha|a;b;c\n\n01/07/2026|5\n")
    assert [(row.number, row.cells) for row in sheet.rows] == [(2, ("Fecha", "a;b;c")), (4, ("01/07/2026", "5"))]


def test_quoted_cells_may_hold_anything():
    assert cells('a;b\n"uno; ""dos""\ntres";4\n') == [("a", "b"), ('uno; "dos" tres', "4")]


@pytest.mark.parametrize("text", ['a;b\n1;"open\n2;3\n', 'a;b\n"x"y;3\n'])
def test_a_quotation_mark_that_would_swallow_rows_is_refused_with_its_line(text):
    with pytest.raises(ValidationError, match="quotation mark too many or too few"):
        read_csv(text)


@pytest.mark.parametrize("text", ["a" * 140_000, '"' + "a" * 140_000, f"Fecha;Efectivo{';x' * 70_000}\n1/7/2026;5\n"])
def test_an_endless_line_is_refused(text):
    with pytest.raises(ValidationError, match="too long or too wide"):
        read_csv(text)


def test_cells_with_as_many_lines_as_fit_are_read():
    assert cells('a;b\n"' + "x\n" * 200 + '";4\n')[1] == (" ".join("x" * 200), "4")


def tables(text):
    return [[row.cells for row in sheet.rows] for sheet in read_html(text)]


def test_a_web_page_gives_each_of_its_tables():
    page = "<table><tr><th>Fecha<th>Efectivo</tr><tr><td>01/07/2026</td><td>1.250.000</td></tr></table>"
    assert tables(f"<html><body><p>x</p>{page}<table><tr><td>y</table></body></html>") == [TWO, [("y",)]]


def test_spans_keep_cells_in_their_columns():
    page = """<table><tr><td rowspan=2>día</td><td colspan="2">ventas</td><td>fin</td></tr>
    <tr><td>efectivo</td><td>tarjeta</td><td>x</td></tr><tr><td>1<td>2<td>3<td>4</tr></table>"""
    assert tables(page) == [[("día", "ventas", "", "fin"), ("", "efectivo", "tarjeta", "x"), ("1", "2", "3", "4")]]


def test_letters_breaks_scripts_and_hidden_rows():
    page = """<table><tr style="display: none"><td>Cr&eacute;dito<br>total<script>var x</script></td></tr></table>"""
    (sheet,) = read_html(page)
    assert [(row.cells, row.is_hidden) for row in sheet.rows] == [(("Crédito total",), True)]


def test_a_table_in_a_table_is_its_own():
    page = "<table><tr><td>out</td><td><table><tr><td>in</td></tr></table></td></tr></table>"
    assert tables(page) == [[("in",)], [("out",)]]


def test_endless_tables_and_columns_are_refused():
    with pytest.raises(ValidationError):
        read_html("<table>" * 60)
    with pytest.raises(ValidationError):
        read_html("<table><tr><td colspan=999>a<td colspan=999>b</table>")


@pytest.mark.parametrize("html", ["<" * 500_001, "<b>" * 500_001, f"<table {'a=1 ' * 26_000}>", "&#" * 50_001])
def test_a_page_that_would_be_read_for_long_is_refused(html):
    with pytest.raises(ValidationError, match="too long or too wide"):
        read_html(html)


def test_a_page_may_say_its_encoding():
    page = '<meta charset="cp850"><table><tr><td>Crédito</td></tr></table>'.encode("cp850")
    workbook = read_workbook(page)
    assert (workbook.encoding, workbook.sheets[0].rows[0].cells) == ("cp850", ("Crédito",))
