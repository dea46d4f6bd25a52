"""Imports point one way, from the addresses down to the arithmetic (design, section 9)."""

import ast

import pytest
from django.conf import settings

APPS = ["accounts", "pharmacies", "sessions_app"]
# A file imports from its own line and the lines above it. A new file needs a place here.
LAYERS = [
    ["formulas", "states", "roles", "backends", "lockout"],
    ["rules"],
    ["querysets"],
    ["models"],
    ["seals", "tallies", "billing", "legacy"],
    ["actions", "reports", "attention", "audit", "alerts", "causes", "mailing", "statements", "days", "integrity"],
    ["forms", "filters", "pagination", "exports"],
    ["views", "admin", "management"],
    ["urls", "apps"],
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def modules(package):
    """Dotted name and syntax tree of every file that is shipped, tests and migrations left out."""
    for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
        parts = path.relative_to(settings.BASE_DIR).with_suffix("").parts
        if not {"tests", "migrations"} & set(parts) and parts[1:] != ("__init__",):
            yield ".".join(parts), ast.parse(path.read_text())


def imports(tree):
    """Dotted names that a module imports anywhere but under TYPE_CHECKING; `from a import b` counts as a.b."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from imports(node)


def layer(module):
    """`forms` of accounts.forms, `management` of accounts.management.commands.create_user."""
    return module.split(".")[1]


@pytest.mark.parametrize("app", APPS)
def test_every_file_has_its_place(app):
    assert {layer(module) for module, _ in modules(app)} <= LEVEL.keys()


@pytest.mark.parametrize("app", APPS)
def test_imports_point_down(app):
    upwards = [
        f"{module} imports {name}"
        for module, tree in modules(app)
        for name in imports(tree)
        if name.startswith(f"{app}.") and LEVEL[layer(name)] > LEVEL[layer(module)]
    ]
    assert upwards == []


@pytest.mark.parametrize("app", ["accounts", "pharmacies"])
def test_people_and_pharmacies_know_nothing_of_shifts(app):
    assert [name for _, tree in modules(app) for name in imports(tree) if name.startswith("sessions_app")] == []


def test_an_import_is_found_wherever_it_hides():
    source = """
if TYPE_CHECKING:
    from accounts.models import User
import accounts.roles
def late():
    from accounts import views
"""
    assert list(imports(ast.parse(source))) == ["accounts.roles", "accounts.views"]
