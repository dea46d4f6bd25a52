"""Evidence for tests: what a billing system says in calls."""

import json
from typing import Any
from uuid import uuid4

from accounts.models import User
from pharmacies.models import ApiToken
from pharmacies.token_actions import create_token
from sessions_app.actions.calls import take_call
from sessions_app.evidence.calls import read_call
from sessions_app.models import Batch, CashSession


def say(shift: CashSession, cash: int | None, *, by: User, name: str = "Factusys", **figures: int) -> Batch:
    """Have the billing system `name`, whose token `by` made, say what was billed in a shift; the shift is renewed."""
    token = ApiToken.objects.filter(name=name).first() or create_token(shift.pharmacy, name=name, by=by)[0]
    body = json.dumps({"shift": shift.pk, "cash": cash, **figures}).encode()
    batch = take_call(token, read_call(body), body=body, key=str(uuid4())).batch
    shift.refresh_from_db()
    return batch


def say_of_day(token: ApiToken, **said: Any) -> Batch:
    """Have the billing system of a token say what was billed on a day."""
    body = json.dumps({"pharmacy": token.pharmacy.name, **said}).encode()
    return take_call(token, read_call(body), body=body, key=str(uuid4())).batch
