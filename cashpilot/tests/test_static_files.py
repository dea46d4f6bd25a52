"""collectstatic makes one file of each stylesheet, and imports by hashed names."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, InMemoryStorage, Storage

from cashpilot.web.static_files import StaticFiles

STATIC = settings.BASE_DIR / "static"


def collect(source: Storage, names: list[str], folder: Path) -> StaticFiles:
    """As collectstatic does: each file is copied, then all of them are worked on."""
    storage = StaticFiles(location=folder, base_url="/static/")
    for name in names:
        with source.open(name) as file:
            storage.save(name, file)
    for _name, _hashed, outcome in storage.post_process({name: (source, name) for name in names}):
        if isinstance(outcome, Exception):
            raise outcome
    return storage


def written(files: dict[str, str], folder: Path) -> StaticFiles:
    source = InMemoryStorage()
    for name, text in files.items():
        source.save(name, ContentFile(text))
    return collect(source, list(files), folder)


def served(storage: StaticFiles, name: str) -> str:
    return Path(storage.path(storage.stored_name(name))).read_text()


@pytest.fixture(scope="module")
def ours(tmp_path_factory) -> StaticFiles:
    """All of static/, collected."""
    names = [str(path.relative_to(STATIC)) for path in STATIC.rglob("*") if path.is_file()]
    return collect(FileSystemStorage(STATIC), names, tmp_path_factory.mktemp("static"))


def test_a_sheet_is_served_with_what_it_imports_in_its_place(tmp_path):
    sheets = {
        "css/all.css": '@layer a, b;\n@import "a.css" layer(a);\n@import "b.css" layer(b);\np { top: 0; }\n',
        "css/a.css": "a { top: 1px; }\n",
        "css/b.css": '@import "b/c.css";\n',
        "css/b/c.css": "b { top: 2px; }\n",
    }
    assert served(written(sheets, tmp_path), "css/all.css") == (
        "@layer a, b;\n@layer a {\na { top: 1px; }\n}\n@layer b {\nb { top: 2px; }\n\n}\np { top: 0; }\n"
    )


def test_a_change_of_what_it_imports_changes_its_name(tmp_path):
    sheets = {"css/all.css": '@import "a.css";\n', "css/a.css": "a { top: 1px; }\n"}
    before = written(sheets, tmp_path / "before").url("css/all.css")
    sheets["css/a.css"] = "a { top: 2px; }\n"

    assert written(sheets, tmp_path / "after").url("css/all.css") != before


def test_what_is_not_there_is_not_left_out_in_silence(tmp_path):
    with pytest.raises(FileNotFoundError):
        written({"css/all.css": '@import "a.css";\n'}, tmp_path / "sheet")
    with pytest.raises(ValueError, match="could not be found"):
        written({"js/main.js": 'import { add } from "./add.js";\n'}, tmp_path / "module")


def test_a_module_imports_by_the_name_under_which_pages_load_it(tmp_path):
    """Under two names it would be loaded twice, and answer twice to each key."""
    modules = {
        "js/main.js": 'import { add } from "./add.js";\nimport "./start.js";\n',
        "js/add.js": "export const add = 1;\n",
        "js/start.js": 'import {\n  add,\n} from "./add.js";\n',
    }
    storage = written(modules, tmp_path)
    add, start = (storage.url(f"js/{name}.js").removeprefix("/static/js/") for name in ("add", "start"))

    assert re.fullmatch(r"add\.[0-9a-f]{12}\.js", add)
    assert served(storage, "js/main.js") == f'import {{ add }} from "./{add}";\nimport "./{start}";\n'
    assert served(storage, "js/start.js") == f'import {{\n  add,\n}} from "./{add}";\n'


def test_modules_of_others_are_left_as_they_are(tmp_path):
    """Those of django_htmx import names that are no files."""
    text = 'import htmx from "./htmx";\n'
    assert served(written({"django_htmx/ext.js": text}, tmp_path), "django_htmx/ext.js") == text


def test_of_our_own_nothing_is_imported_by_a_browser_but_hashed_modules(ours):
    for path in STATIC.rglob("*.css"):
        assert "@import" not in served(ours, str(path.relative_to(STATIC)))
    for path in STATIC.rglob("*.js"):
        imported = re.findall(r'from "\./(.*?)"', served(ours, f"js/{path.name}"))
        originals = re.findall(r'from "\./(.*?)"', path.read_text())
        assert [f"/static/js/{name}" for name in imported] == [ours.url(f"js/{name}") for name in originals]
