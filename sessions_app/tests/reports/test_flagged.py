"""Flagged shifts, with who flagged them and why."""

from sessions_app.actions import marks as mark_actions
from sessions_app.tests.reports.sold import TODAY, sold, table, values
from testing.client import signed_in


def test_flagged_shifts_with_who_and_why(ana, marta):
    shift = sold(ana, TODAY, 10_000, gap=-1_000)
    sold(ana, TODAY, 10_000)
    mark_actions.flag_shift(shift.pk, reason="see the ticket", by=marta)
    told = values("flagged", "Shift", "Cashier", "Result", "Difference", "Flagged by", "Reason")
    assert told == [(f"#{shift.pk}", "Ana Benítez", "Short", -1_000, "Marta Benítez", "see the ticket")]
    mark_actions.unflag_shift(shift.pk, reason="seen", by=marta)
    assert table("flagged").rows == []


def test_a_bar_leads_to_the_flagged_shifts_of_its_pharmacy(ana, marta):
    flagged, _other = sold(ana, TODAY, 10_000, gap=-1_000), sold(ana, TODAY, 10_000)
    mark_actions.flag_shift(flagged.pk, reason="see the ticket", by=marta)
    (bar,) = table("flagged").charts[0].rows
    assert (bar.label, bar.figures) == ("Central", "1")
    assert list(signed_in(marta).get(bar.link).context["page"]) == [flagged]
