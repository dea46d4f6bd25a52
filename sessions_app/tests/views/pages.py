"""The pages of a shift, and what stands on them."""

import re

from sessions_app.actions.unit_of_work import NewMovement
from sessions_app.domain.choices import Kind
from testing.factories import ShiftFactory

MARKS = ["flag", "unflag", "review", "delete", "restore"]
HTMX = {"HX-Request": "true"}
LOGIN = "/accounts/login/?next="
STALE = "The shift changed while you had this page open. Compare, and send it again if it still holds."


def balanced(cashier, *, billed_cash=1_000_000, **differing):
    """A closed shift that sold 1.000.000, but for what is `differing`."""
    envelope = NewMovement(Kind.ENVELOPE, 300_000)
    return ShiftFactory(
        closed=True, cashier=cashier, movements=[envelope], billed={"billed_cash": billed_cash}, **differing
    )


def page(shift, name=""):
    return f"/sessions/{shift.pk}/{name}"


# Tokens of forms and the page's clock: what they are made of is chance, and may be any figure.
TOKEN = re.compile(r'[\w-]{20,}|data-now="\d+"')


def told_in(answers, secrets):
    """The secrets that a page or a file tells, with the dots of thousands or without."""
    texts = [answer.getvalue().decode() if answer.streaming else answer.text for answer in answers]
    texts = [TOKEN.sub("", text) for text in texts]
    return {secret for secret in secrets for text in texts if secret in text or secret.replace(".", "") in text}


def errors(response, form="form"):
    """Field -> the sentences beside it."""
    return {name: list(said) for name, said in response.context[form].errors.items()}
