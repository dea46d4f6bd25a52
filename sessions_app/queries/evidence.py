"""The evidence for and against a shift that is to settle, shown below its row in the queue."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sessions_app.domain import causes
from sessions_app.domain.blind_count import is_blind_to
from sessions_app.domain.causes import Cause
from sessions_app.models import CashSession, Reply
from sessions_app.queries import shift_summary
from sessions_app.queries.shift_summary import MethodLine

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Evidence:
    """`shift` has left_by, left and gap; `methods` are those with an amount, and none while the count is blind."""

    shift: Any
    methods: list[MethodLine]
    causes: list[Cause]
    replies: list[Reply]


def evidence_of(shift: CashSession, reader: "User") -> Evidence:
    is_blind = is_blind_to(shift, reader)
    methods = [] if is_blind else shift_summary.methods(shift)
    return Evidence(
        shift=shift,
        methods=[line for line in methods if line.received or line.billed],
        causes=[] if is_blind else causes.causes(shift, list(shift.movements.all())),
        replies=list(shift.replies.select_related("created_by").order_by("id")),
    )
