"""Amounts while they are typed, and in words: static/js/money.js and amount_in_words.js in the browser."""

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from playwright.sync_api import Page, expect

from cashpilot.money import parse_amount, parse_pieces, plain
from cashpilot.tests.test_money import MILLION_AND_A_QUARTER, NO_AMOUNT

pytestmark = pytest.mark.browser

SCRIPTS = settings.BASE_DIR / "static" / "js"
PAGE = '<label for="a">Cash</label><input id="a" data-money="Write it so"><input><p id="said"></p>'
# What the modules export, within reach of the tests.
IMPORTS = """async () => {
    const [money, {inWords}] = await Promise.all(["money", "amount_in_words"].map((name) => import(`/${name}.js`)));
    Object.assign(window, {money, inWords});
}"""


@pytest.fixture
def field(page: Page):
    """An amount's field that has the focus, in a page with nothing else but the field after it."""
    page.route("http://page.test/", lambda route: route.fulfill(content_type="text/html", body=PAGE))
    page.route("**/*.js", lambda route: route.fulfill(path=SCRIPTS / route.request.url.rpartition("/")[2]))
    page.goto("http://page.test/")
    page.evaluate(IMPORTS)
    page.focus("#a")
    return page


def with_caret(page: Page) -> str:
    return page.evaluate("(({value, selectionStart: at}) => `${value.slice(0, at)}|${value.slice(at)}`)(a)")


def do(page: Page, *steps: str) -> None:
    """Each step is a key (`<Delete>`), a place for the caret (`@3`), a paste (`paste:1.234,56`) or text to type."""
    for step in steps:
        if step.startswith("<"):
            page.keyboard.press(step.strip("<>"))
        elif step.startswith("@"):
            page.evaluate("at => a.setSelectionRange(at, at)", int(step[1:]))
        elif step.startswith("paste:"):
            page.evaluate(PASTE, step.removeprefix("paste:"))
        else:
            page.keyboard.type(step)


# As a paste from elsewhere: the browser allows no script to fill its clipboard without being asked.
PASTE = """text => {
    const data = {inputType: "insertFromPaste", data: text, bubbles: true, cancelable: true};
    a.dispatchEvent(new InputEvent("beforeinput", data));
    a.setRangeText(text, a.selectionStart, a.selectionEnd, "end");
    a.dispatchEvent(new InputEvent("input", data));
}"""


def leave(page: Page, *steps: str) -> str:
    """The field after the steps from an empty one, with the caret."""
    page.evaluate("a.value = ''")
    page.focus("#a")
    do(page, *steps)
    return with_caret(page)


def test_dots_come_and_go_and_the_caret_stays_at_its_digit(field) -> None:
    left = {
        ("1234567",): "1.234.567|",
        ("1234567", "@3", "98"): "129.8|34.567",
        ("1234567", "<Backspace>", "<Backspace>"): "12.345|",
        ("1234567", "@6", "<Backspace>"): "123|.567",
        ("1234567", "@1", "<Delete>"): "1|34.567",
        ("1000000", "@0", "<Delete>"): "|000000",
        ("1000000", "@0", "<Delete>", "2"): "2|.000.000",
        ("123456", "<Control+a>", "7"): "7|",
        ("1234567", "<Home>", "<Shift+ArrowRight>", "<Shift+ArrowRight>", "<Shift+ArrowRight>", "9"): "9|34.567",
        ("1234567", "<Control+Backspace>"): "|",
        ("1500+2000",): "1.500+2.000|",
        ("1500+2000", "@5", "<Delete>"): "15.00|2.000",
        ("1500+2000", "@3", "+"): "15+|00+2.000",
        ("paste: ₲ 1 250 000",): "1.250.000|",
        ("paste:Gs. 1.250.000.-",): "1.250.000|",
        ("paste:1.250.000\u200b Gs",): "1.250.000|",
        ("paste:1,250,000",): "1.250.000|",
        ("paste:1.500 + 2000",): "1.500+2.000|",
        ("paste:99999999999999",): "99.999.999.999.999|",
    }
    assert {steps: leave(field, *steps) for steps in left} == left


def test_what_it_cannot_read_is_never_changed(field) -> None:
    for text in ("1.250.000", "1,250,000", "1 250 000", "1.5", "1250,5", "12a34567", "-1500", "1.234,56", "1.2.3"):
        typed = leave(field, text)
        assert typed.replace(".", "") == f"{text}|".replace(".", "")
        if text != "1250,5":  # it was a figure until the comma
            assert typed == f"{text}|"
    for text in ("1.234,56", "about 5000", "12.34.567", "1e6"):
        assert leave(field, f"paste:{text}", "<Tab>") == f"{text}|"


def test_undo_goes_back_to_what_was_there_and_redo_forth(field) -> None:
    do(field, "1234567", "@3", "9")
    seen = [with_caret(field)]
    for key in ("<Control+z>", "<Control+z>", "<Control+Shift+z>", "<Control+Shift+z>"):
        do(field, key)
        seen.append(field.input_value("#a"))
    assert seen == ["12.9|34.567", "1.234.567", "123.456", "1.234.567", "12.934.567"]
    do(field, *["<Control+z>"] * 12)
    assert with_caret(field) == "|"


def test_a_field_that_is_left_shows_what_was_read(field) -> None:
    left = {"1 250 000": "1.250.000", "gs. 1,250,000": "1.250.000", "0050": "50", "1.5": "1.5", "1500+": "1.500+"}
    for typed, read in left.items():
        leave(field, typed, "<Tab>")
        assert field.input_value("#a") == read


def test_what_cannot_be_read_is_said_after_a_moment_and_unsaid_at_once(field) -> None:
    do(field, "15x")
    expect(field.locator("#a_hint")).to_have_text("Write it so")
    expect(field.locator("#said")).to_have_text("Cash: Write it so")
    do(field, "<Backspace>")
    assert field.locator("#a_hint").count() == 0


TEXTS = [
    *["", " ", "0", "007", "50", "Gs 5", "gs.5", "GS. 1 000", "1\u202f250", "1500 + 2000", "5+", "5++5", "\t5", "5 x"],
    *["\u200b", "3x10", "3X10", "3*10", "3×10", "2x100+7", "\u200b3x10\u2009+ 7", "x10", "3x", "3x10x2", "10000000"],
    *["1000000", "1000x1000", "1001x1000", "1+" * 99 + "1", "1+" * 100 + "1"],
    *MILLION_AND_A_QUARTER,
    *(text for text in NO_AMOUNT if "\ud800" not in text),
]


def read(parse, text):
    try:
        return parse(plain(text)) if plain(text) else 0
    except ValidationError:
        return None


def test_the_browser_reads_exactly_what_the_server_reads(field) -> None:
    # NaN arrives as None. Of the largest amount the server speaks alone.
    for name, parse in (("amount", parse_amount), ("pieces", parse_pieces)):
        shown = field.evaluate(f"texts => texts.map(money.{name}).map((n) => Number.isNaN(n) ? null : n)", TEXTS)
        assert dict(zip(TEXTS, shown, strict=True)) == {text: read(parse, text) for text in TEXTS}


SPANISH = {
    0: "cero guaraníes",
    1: "un guaraní",
    16: "dieciséis guaraníes",
    21: "veintiún guaraníes",
    31: "treinta y un guaraníes",
    50: "cincuenta guaraníes",
    100: "cien guaraníes",
    101: "ciento un guaraníes",
    555: "quinientos cincuenta y cinco guaraníes",
    777: "setecientos setenta y siete guaraníes",
    999: "novecientos noventa y nueve guaraníes",
    1_000: "mil guaraníes",
    1_001: "mil un guaraníes",
    2_050: "dos mil cincuenta guaraníes",
    21_000: "veintiún mil guaraníes",
    31_500: "treinta y un mil quinientos guaraníes",
    100_000: "cien mil guaraníes",
    101_000: "ciento un mil guaraníes",
    122_000: "ciento veintidós mil guaraníes",
    1_000_000: "un millón de guaraníes",
    1_000_001: "un millón un guaraníes",
    1_100_000: "un millón cien mil guaraníes",
    1_682_000: "un millón seiscientos ochenta y dos mil guaraníes",
    2_000_000: "dos millones de guaraníes",
    2_300_000: "dos millones trescientos mil guaraníes",
    21_000_000: "veintiún millones de guaraníes",
    100_000_000: "cien millones de guaraníes",
    1_000_000_000: "mil millones de guaraníes",
    1_001_000_000: "mil un millones de guaraníes",
    2_021_101_026: "dos mil veintiún millones ciento un mil veintiséis guaraníes",
    9_999_999_999: "nueve mil novecientos noventa y nueve millones novecientos noventa y nueve mil"
    " novecientos noventa y nueve guaraníes",
}
ENGLISH = {
    0: "zero guaraníes",
    1: "one guaraní",
    21: "twenty-one guaraníes",
    100: "one hundred guaraníes",
    101: "one hundred and one guaraníes",
    1_050: "one thousand and fifty guaraníes",
    1_500: "one thousand five hundred guaraníes",
    40_000: "forty thousand guaraníes",
    115_000: "one hundred and fifteen thousand guaraníes",
    1_000_000: "one million guaraníes",
    1_682_000: "one million six hundred and eighty-two thousand guaraníes",
    2_000_000_007: "two billion and seven guaraníes",
    9_012_000_300: "nine billion twelve million three hundred guaraníes",
}


@pytest.mark.parametrize(("language", "said"), [("es", SPANISH), ("en", ENGLISH)])
def test_an_amount_in_words(field, language, said) -> None:
    words = field.evaluate("([language, numbers]) => numbers.map((n) => inWords(n, language))", [language, [*said]])
    assert dict(zip(said, words, strict=True)) == said


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_two_amounts_share_their_words(field, language) -> None:
    count = "language => new Set([...Array(200000).keys()].map((n) => inWords(n * 50, language))).size"
    assert field.evaluate(count, language) == 200_000
