"""The columns that our tables share, and the conditions that hold them."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cashpilot.exceptions import REASON_LENGTH
from cashpilot.money import MAXIMUM, MoneyField
from sessions_app.domain import formulas
from sessions_app.domain.choices import SOURCE_OF, BilledSource

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


FIGURE_WITHOUT_AMOUNT = _("Only a billed amount says where it comes from.")


def figure(formula: formulas.Formula, label: "StrOrPromise") -> models.GeneratedField:
    """A column that the database computes. Stale after an update on Django 5.2: actions read the formula."""
    return models.GeneratedField(
        expression=formula(formulas.COLUMNS),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
        verbose_name=label,
    )


def summed(label: "StrOrPromise") -> MoneyField:
    """The sum of the live movements of one kind, kept by the actions under the lock of the shift."""
    return MoneyField(label, default=0, editable=False)


def who(label: "StrOrPromise", **options: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=label, **options)


def mark_person(label: "StrOrPromise") -> "models.ForeignKey[Any, Any]":
    return who(label, null=True, blank=True, editable=False)


def moment(label: "StrOrPromise") -> "models.DateTimeField[Any, Any]":
    return models.DateTimeField(label, null=True, blank=True, editable=False)


def reason_column(label: "StrOrPromise") -> "models.TextField[Any, Any]":
    return models.TextField(label, max_length=REASON_LENGTH, blank=True, default="", editable=False)


def together(mark: str, words: str) -> Q:
    """A mark's instant, person and words: all three or none."""
    return Q(**{f"{mark}_at": None, f"{mark}_by": None, words: ""}) | (
        Q(**{f"{mark}_at__isnull": False, f"{mark}_by__isnull": False}) & ~Q(**{words: ""})
    )


def within_limits(*amounts: str, least: int = 0) -> Q:
    limits = Q()
    for amount in amounts:
        limits &= Q(**{amount: None}) | Q(**{f"{amount}__gte": least, f"{amount}__lte": MAXIMUM})
    return limits


def source_column(label: "StrOrPromise") -> "models.CharField[Any, Any]":
    """Return a column that says where a billed figure comes from; blank without a figure, or if that is older."""
    return models.CharField(label, max_length=13, choices=BilledSource, blank=True, default="", editable=False)


def only_figures_have_a_source() -> Q:
    condition = Q()
    for figure_column, source in SOURCE_OF.items():
        condition &= Q(**{source: ""}) | Q(**{f"{figure_column}__isnull": False})
    return condition
