"""The picture of the architecture is what the code says (scripts/architecture.py)."""

import ast
from graphlib import CycleError

import pytest

import architecture
from architecture import Box

HIDDEN = """
if TYPE_CHECKING:
    from accounts.models import User
import accounts.roles
def late():
    from accounts import views
"""


def test_the_picture_is_what_the_code_says():
    assert architecture.PICTURE.read_text() == architecture.picture(), "make architecture"


def test_an_import_is_found_wherever_it_hides_but_where_only_types_need_it():
    assert list(architecture.imports(ast.parse(HIDDEN))) == ["accounts.roles", "accounts.views"]


def test_a_room_stands_above_all_that_it_imports_and_at_the_top_if_nothing_imports_it():
    needs = {"views": {"actions", "money"}, "actions": {"models"}, "models": {"money"}, "money": set(), "wsgi": set()}
    assert architecture.floors(needs) == {"views": 3, "actions": 2, "models": 1, "money": 0, "wsgi": 3}


def test_imports_in_a_circle_are_named_and_not_drawn():
    with pytest.raises(CycleError, match=r"'(models|views)', '(models|views)'"):
        architecture.floors({"views": {"models"}, "models": {"views"}})


def test_files_of_a_package_share_a_box_where_they_share_a_floor_and_folders_have_their_own():
    files = {"sessions_app.admin": set(), "sessions_app.urls": set(), "sessions_app.models": {"days", "shifts"}}
    needs = {"sessions_app.admin": {"sessions_app.models"}, "sessions_app.urls": set(), "sessions_app.models": set()}
    names, below = architecture.boxes(files, needs)
    top, models = Box(1, "sessions_app/"), Box(0, "sessions_app/models/")
    assert names == {top: {"admin", "urls"}, models: {"days", "shifts"}}
    assert below == {top: {models}, models: set()}


def test_what_a_box_leads_to_is_found_through_others():
    views, actions, models = Box(2, "views/"), Box(1, "actions/"), Box(0, "models/")
    assert architecture.reached({views: {actions}, actions: {models}, models: set()}, views) == {actions, models}
