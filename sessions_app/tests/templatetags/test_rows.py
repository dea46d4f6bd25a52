"""How days are drawn in the rows of a list: a row says what is so now, however often it was drawn before."""

from datetime import timedelta

from django.utils.translation import override

from cashpilot import periods
from sessions_app.actions import shifts as shift_actions
from sessions_app.actions.days import sign_off_day, write_day
from sessions_app.queries.contradictions import add_contradictions
from sessions_app.queries.day_figures import figures_of_days
from sessions_app.templatetags.rows import day_rows
from testing.factories import ShiftFactory


def row_of(user, pharmacy):
    pharmacy.refresh_from_db()
    [figures] = figures_of_days(user, [pharmacy], periods.today(), periods.today())
    add_contradictions([figures.day] if figures.day else [])
    return day_rows([figures])


def test_a_day_that_was_drawn_before_is_drawn_anew_when_anything_in_it_is_another(ana, marta, central):
    rows = [row_of(marta, central)]
    shift = ShiftFactory(closed=True, cashier=ana, final_cash=900_000)
    rows.append(row_of(marta, central))
    day = write_day(central, periods.today(), version=0, billed_cash=700_000, by=marta)
    rows.append(row_of(marta, central))
    shift_actions.correct_shift(shift.pk, version=shift.version, reason="recounted", final_cash=800_000, by=ana)
    rows.append(row_of(marta, central))
    sign_off_day(central, periods.today(), note="seen", version=day.version, by=marta)
    rows.append(row_of(marta, central))
    central.name = "Sucursal 2"
    central.save()
    rows.append(row_of(marta, central))
    with override("es"):
        rows.append(row_of(marta, central))

    assert len(set(rows)) == 7


def test_a_day_is_told_by_its_date_in_a_row_that_was_drawn_while_it_was_today(time_machine, marta, central):
    today = periods.today()
    assert ">today<" in row_of(marta, central)
    time_machine.move_to(periods.now() + timedelta(days=1))
    [figures] = figures_of_days(marta, [central], today, today)
    assert ">yesterday<" in day_rows([figures])
