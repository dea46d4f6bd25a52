"""Numbers are read by cashpilot.money alone: Django's own fields take `150.000` for 150 and other scripts' digits."""

import importlib
import pkgutil

import pytest
from django import forms
from django.apps import apps

from cashpilot.money import MoneyFormField, PiecesFormField, WholeNumberFormField
from cashpilot.web.forms import ReasonForm
from sessions_app.domain.choices import Kind
from sessions_app.forms.movements import MovementForm
from sessions_app.forms.shifts import CloseForm, CorrectForm, OpenForm
from sessions_app.models import TYPED_AMOUNTS
from testing.factories import ShiftFactory

OURS = ("accounts", "cashpilot", "pharmacies", "sessions_app")
DJANGOS = (forms.IntegerField, forms.DecimalField, forms.FloatField)  # and what inherits from them


def subclasses(kind):
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def our_forms():
    """Every form class of ours, wherever it stands."""
    for name in OURS:
        package = apps.get_app_config(name).module
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not {"tests", "migrations", "wsgi", "testing"} & set(module.name.split(".")):
                importlib.import_module(module.name)
    return sorted({form for form in subclasses(forms.BaseForm) if form.__module__.split(".")[0] in OURS}, key=str)


def test_no_form_of_ours_reads_a_number_itself():
    read = {
        f"{form.__name__}.{name}"
        for form in our_forms()
        for name, field in form.base_fields.items()
        if isinstance(field, DJANGOS)
    }

    assert {OpenForm, MovementForm, CloseForm, CorrectForm} <= set(our_forms())
    assert read == set()


def test_no_free_text_is_offered_to_the_next_person_by_the_browser():
    """Names and passwords of who signs in are the browser's business."""
    remembered = {
        f"{form.__name__}.{name}"
        for form in our_forms()
        if form.__module__.startswith("sessions_app") or form is ReasonForm
        for name, field in form.base_fields.items()
        if isinstance(field, forms.CharField) and not field.widget.is_hidden
        if field.widget.attrs.get("autocomplete") != "off"
    }

    assert remembered == set()


@pytest.mark.parametrize("typed", ["150.000", "1_000", "٣٤", "３４", "1e3", "-1", "1.5"])
def test_only_money_takes_points_and_nothing_takes_the_rest(typed):
    """That the fields of cashpilot.money differ from Django's in what matters here."""
    answers = {}
    for field in (MoneyFormField(), WholeNumberFormField(), PiecesFormField()):
        try:
            answers[type(field).__name__] = field.clean(typed)
        except forms.ValidationError:
            answers[type(field).__name__] = None

    amount = 150_000 if typed == "150.000" else None
    assert answers == {"MoneyFormField": amount, "WholeNumberFormField": None, "PiecesFormField": None}


@pytest.fixture
def every_form(ana, beto):
    opened, closed = ShiftFactory(cashier=ana), ShiftFactory(closed=True, cashier=beto, register=2)
    return {
        "open": OpenForm(by=ana),
        "movement": MovementForm(shift=opened),
        "close": CloseForm(shift=opened),
        "correct": CorrectForm(shift=closed),
    }


def test_every_amount_is_money_and_every_other_number_one_of_ours(every_form):
    fields = {(name, key): type(field) for name, form in every_form.items() for key, field in form.fields.items()}
    of = {
        kind: {place for place, there in fields.items() if there is kind}
        for kind in (MoneyFormField, WholeNumberFormField, PiecesFormField)
    }

    billed = [name for name in TYPED_AMOUNTS if name.startswith("billed")]
    assert of[MoneyFormField] == {
        ("open", "initial_cash"),
        ("open", "expense"),
        ("movement", "amount"),
        ("close", "final_cash"),
        *(("close", name) for name in [*Kind.values, *billed]),
        *(("correct", name) for name in TYPED_AMOUNTS),
    }
    assert of[WholeNumberFormField] == {("open", "register")} | {
        (name, number) for name in ("close", "correct") for number in ("ticket_count", "version")
    }
    notes = (100_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 100, 50)
    assert of[PiecesFormField] == {("close", f"count_{denomination}") for denomination in notes}


def test_no_number_is_typed_into_a_field_that_drops_points(every_form):
    """Browsers empty `150.000` in type=number without a word."""
    widgets = [field.widget for form in every_form.values() for field in form.fields.values()]

    assert "number" not in {getattr(widget, "input_type", None) for widget in widgets}
