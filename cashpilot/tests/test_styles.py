"""The stylesheets are what the pages use, in a language that Chrome 109 reads; components say what they need."""

import re

import pytest
from django.conf import settings

STATIC, TEMPLATES = settings.BASE_DIR / "static", settings.BASE_DIR / "templates"
CSS = STATIC / "css"
SHEETS = sorted(str(path.relative_to(CSS)) for path in CSS.rglob("*.css"))
# The others are written under the names of Django's classes.
OURS = [name for name in SHEETS if not name.startswith("admin")]
# Set while htmx waits, or made of a value: slip--a4.
MADE = {"htmx-request", "slip--a4", "slip--ticket"}
# Newer than the browser of a till on Windows 7.
NEWER = [
    r"\boklch\(|\boklab\(|\bcolor-mix\(|\blight-dark\(|\brelative-color",
    r"^\s*&",
    r"@scope|@starting-style|@view-transition|@property",
    r"text-wrap|field-sizing|popover|subgrid|anchor-name|animation-timeline|interpolate-size",
]


def rules(name: str) -> str:
    """The stylesheet without its comments."""
    return re.sub(r"/\*.*?\*/", "", (CSS / name).read_text(), flags=re.DOTALL)


def imported(name: str) -> list[str]:
    """Every sheet that a sheet imports, directly or through another."""
    found = re.findall(r'@import "(.*?)"', rules(name))
    return found + [deeper for one in found for deeper in imported(one)]


@pytest.fixture(scope="module")
def used() -> set[str]:
    """Every word of the pages: of templates, of scripts, and of the code that writes classes."""
    files = [*TEMPLATES.rglob("*.html"), *STATIC.glob("js/*.js")]
    for app in ("accounts", "cashpilot", "sessions_app"):
        files += [path for path in (settings.BASE_DIR / app).rglob("*.py") if "tests" not in path.parts]
    return {word for path in files for word in re.findall(r"[\w-]+", path.read_text())}


def is_made(name: str, used: set[str]) -> bool:
    """notice--error and chart--difference are written as notice--{{ level }}."""
    block, dashes, _variant = name.rpartition("--")
    return name in MADE or (dashes != "" and f"{block}--" in used)


@pytest.mark.parametrize("name", OURS)
def test_every_class_is_used(name, used):
    selectors = re.sub(r"\{[^{}]*\}", "{}", re.sub(r'"[^"]*"', "", rules(name)))
    classes = set(re.findall(r"\.([a-zA-Z_][\w-]*)", selectors))

    assert {one for one in classes - used if not is_made(one, used)} == set()


@pytest.mark.parametrize("name", SHEETS)
def test_every_token_that_is_used_is_defined(name):
    defined = re.findall(r"(--[\w-]+):", "".join(map(rules, SHEETS)))

    assert set(re.findall(r"var\((--[\w-]+)\)", rules(name))) <= set(defined)


def test_every_token_that_is_defined_is_used():
    drawn = "".join([*map(rules, SHEETS), *(path.read_text() for path in TEMPLATES.rglob("*.html"))])

    assert {token for token in re.findall(r"(--[\w-]+):", rules("tokens.css")) if f"var({token})" not in drawn} == set()


def test_every_sheet_is_part_of_the_one_that_pages_link_once():
    """The back office has sheets of its own beside it."""
    office = ["unlayered.css", "admin.css", *imported("admin.css")]

    assert sorted(["cashpilot.css", *imported("cashpilot.css"), *office]) == SHEETS


def test_the_back_office_has_the_same_sheets_in_the_same_order_but_those_of_single_pages():
    own = [name for name in imported("cashpilot.css") if not name.startswith("pages")]

    assert imported("unlayered.css") == own


def test_every_sheet_stands_in_a_layer_and_the_layers_in_one_order():
    sheet = rules("cashpilot.css")
    declared = re.search(r"@layer (.*?);", sheet)

    assert declared
    assert re.findall(r'@import ".*?" layer\((.*?)\);', sheet) == declared[1].split(", ")
    assert sheet.count("@import") == len(declared[1].split(", "))
    assert [name for name in SHEETS if "@layer" in rules(name)] == ["cashpilot.css"]


def test_a_page_s_sheet_has_the_name_of_its_template():
    pages = {path.stem for path in TEMPLATES.rglob("*.html")}

    assert {path.stem for path in CSS.glob("pages/*.css")} <= pages


@pytest.mark.parametrize("name", OURS)
def test_nothing_is_laid_out_by_its_number_among_its_neighbours(name):
    """A column more would move it."""
    assert ":nth-" not in rules(name)


@pytest.mark.parametrize("name", SHEETS)
def test_nothing_is_newer_than_chrome_109(name):
    found = [line for line in rules(name).splitlines() for newer in NEWER if re.search(newer, line)]

    assert found == []


@pytest.mark.parametrize("path", sorted((TEMPLATES / "components").glob("*.html")), ids=lambda path: path.name)
def test_a_component_says_what_it_needs(path):
    head = re.search(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", path.read_text(), re.DOTALL)

    assert head
    assert re.search(r"Variables: |Needs ", head[0])
