"""Replying about a shift: who may, and the sentence for everybody else."""

from sessions_app.actions import shifts as shift_actions
from sessions_app.domain.rules import replies as reply_rules
from sessions_app.tests.domain.rules.sentences import later


def test_its_cashier_replies_about_a_closed_shift_however_late(opened, ana, marta):
    assert reply_rules.why_not_reply(ana, opened) == "This shift is still open."

    closed = shift_actions.close_shift(opened.pk, final_cash=0, by=ana)
    assert reply_rules.why_not_reply(marta, closed) == "Only its cashier replies about a shift."
    with later(days=400):
        assert reply_rules.why_not_reply(ana, closed) is None
