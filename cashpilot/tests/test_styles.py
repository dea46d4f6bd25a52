"""The stylesheets are what the pages use, in a language that Chrome 109 reads; components say what they need."""

import re

import pytest
from django.conf import settings

STATIC, TEMPLATES = settings.BASE_DIR / "static", settings.BASE_DIR / "templates"
OURS = ["cashpilot.css", "slip.css"]
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
    return re.sub(r"/\*.*?\*/", "", (STATIC / name).read_text(), flags=re.DOTALL)


@pytest.fixture(scope="module")
def used() -> set[str]:
    """Every word of the pages: of templates, of scripts, and of the code that writes classes."""
    files = [*TEMPLATES.rglob("*.html"), *STATIC.glob("js/*.js")]
    for app in ("accounts", "cashpilot", "sessions_app"):
        files += [path for path in (settings.BASE_DIR / app).rglob("*.py") if "tests" not in path.parts]
    return {word for path in files for word in re.findall(r"[\w-]+", path.read_text())}


@pytest.mark.parametrize("name", OURS)
def test_every_class_is_used(name, used):
    selectors = re.sub(r"\{[^{}]*\}", "{}", rules(name))
    classes = set(re.findall(r"\.([a-zA-Z_][\w-]*)", selectors))

    # notice--error and chart--difference are written as notice--{{ level }}.
    assert {one for one in classes - used - MADE if f"{one.rpartition('--')[0]}--" not in used} == set()


@pytest.mark.parametrize("name", [*OURS, "admin.css"])
def test_every_token_is_defined_and_used(name):
    every = "".join(rules(one) for one in [*OURS, "admin.css"])
    drawn = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))

    assert set(re.findall(r"var\((--[\w-]+)\)", rules(name))) <= set(re.findall(r"(--[\w-]+):", every))
    if name == "cashpilot.css":
        defined = set(re.findall(r"^  (--[\w-]+):", rules(name), re.MULTILINE))
        assert {token for token in defined if f"var({token})" not in every + drawn} == set()


@pytest.mark.parametrize("name", [*OURS, "admin.css"])
def test_nothing_is_newer_than_chrome_109(name):
    found = [line for line in rules(name).splitlines() for newer in NEWER if re.search(newer, line)]

    assert found == []


@pytest.mark.parametrize("path", sorted((TEMPLATES / "components").glob("*.html")), ids=lambda path: path.name)
def test_a_component_says_what_it_needs(path):
    head = re.search(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", path.read_text(), re.DOTALL)

    assert head
    assert re.search(r"Variables: |Needs ", head[0])
