"""The documents name only what is there: pages, files, names in the code, commands."""

import re

import pytest
from django.conf import settings

ROOT = settings.BASE_DIR
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
# What happened stays as it was called then.
NOW = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]
FOLDERS = ("accounts", "cashpilot", "pharmacies", "sessions_app", "templates", "static", "scripts", "docs", "locale")
HERE = {
    str(path.relative_to(ROOT)) + ("/" if path.is_dir() else "")
    for folder in FOLDERS
    for path in (ROOT / folder).rglob("*")
}
HERE |= {path.name + "/" * path.is_dir() for path in ROOT.iterdir()}
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"[\w][\w./-]*(?:\.(?:py|html|css|js|svg|md|yml)|/)")
# What an operator fills in, and what belongs to PostgreSQL.
NOT_OURS = {"THE_ID", "RUNTIME_DATABASE_URL", "date_trunc", "archive_command"}
NOT_OURS |= {"synchronous_standby_names", "max_standby_streaming_delay"}
NAME = re.compile(r"[a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)+|(?:[A-Z][a-z]+){2,}")

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
each_of_now = pytest.mark.parametrize("path", NOW, ids=lambda path: str(path.relative_to(ROOT)))


@pytest.fixture(scope="module")
def source():
    """Everything that is written but the documents, and what the files are called."""
    files = [
        path for name in HERE if (path := ROOT / name).suffix in (".py", ".html", ".js", ".css", ".yml", ".po", ".sh")
    ]
    return "\n".join([*HERE, *(path.read_text() for path in [*files, *ROOT.glob(".env*.example"), ROOT / "Makefile"])])


def spans(path):
    return SPAN.findall(path.read_text())


@each_document
def test_every_link_leads_to_a_file(path):
    assert [link for link in LINK.findall(path.read_text()) if not (path.parent / link).exists()] == []


@each_of_now
def test_every_file_that_is_named_is_there(path):
    """By its path, or by the end of it: `domain/formulas.py`."""
    named = {span for span in spans(path) if PATH.fullmatch(span)}
    assert {name for name in named if not any(f"/{there}".endswith(f"/{name}") for there in HERE)} == set()


@each_of_now
def test_every_name_stands_in_the_code(path, source):
    named = {name for span in spans(path) if not PATH.fullmatch(span) for name in NAME.findall(span)}
    assert {name for name in named - NOT_OURS if name not in source} == set()


@each_document
def test_every_target_of_make_is_one(path):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert {name for span in spans(path) for name in re.findall(r"\bmake ([a-z]+)", span)} <= targets


def test_every_decision_is_listed():
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall((folder / "README.md").read_text()))
    assert {path.name for path in folder.glob("0*.md")} == {name for name in listed if name.startswith("0")}
