"""Cashiers of before get a control line, which waits to be computed."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from sessions_app.ledger import control_lines
from sessions_app.models import ControlLine
from testing.database import tamper
from testing.factories import ShiftFactory

pytestmark = pytest.mark.django_db


def test_each_cashier_with_a_verdict_gets_one_line_that_waits(ana, beto):
    for _ in range(2):
        ShiftFactory(closed=True, cashier=ana, billed={"billed_cash": 701_000})
    ShiftFactory(closed=True, cashier=beto, register=2)
    tamper("DELETE FROM sessions_app_controlline")

    migration = import_module("sessions_app.migrations.0015_control_lines")
    migration.mark_stale(apps, SimpleNamespace(connection=connection))

    assert list(ControlLine.objects.values_list("cashier", "is_stale", "compared")) == [(ana.pk, True, 0)]
    control_lines.compute_stale()
    assert ControlLine.objects.get().compared == 2
