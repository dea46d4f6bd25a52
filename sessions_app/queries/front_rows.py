"""The rows of the front page in one query: the first shifts to settle, the newest of today, one's own open ones."""

from typing import TYPE_CHECKING, Any, NamedTuple

from cashpilot import periods
from cashpilot.db.reading import named
from cashpilot.db.written_once import Rows, once_a_day
from sessions_app.domain.choices import Rank, Status
from sessions_app.models import CashSession
from sessions_app.queries.worklist import first_to_settle, with_place
from sessions_app.querysets.shifts import IN_QUEUE, UNLISTED

if TYPE_CHECKING:
    from accounts.models import User

# Of both lists together, as many fit on the first screen of a notebook.
SHOWN = 7


class FrontRows(NamedTuple):
    """Shifts to settle, the first ones among them, in any order; and live ones of today, the newest first.

    The latter are SHOWN at most, and beyond these the reader's own open ones.
    """

    to_settle: list[Any]
    today: list[Any]


def front_rows_of(user: "User") -> FrontRows:
    """Return them as `user` sees them."""
    rows, today = _rows(user).ask(), periods.today()
    of_today = (row for row in rows if row.business_date == today and row.deleted_at is None)
    to_settle = (row for row in rows if row.is_in_queue and row.rank < Rank.NOTHING_TO_SETTLE)
    return FrontRows(list(to_settle), list(of_today))


@once_a_day
def _rows(user: "User") -> Rows[Any]:
    shifts = CashSession.objects
    first = first_to_settle(user)
    of_today = shifts.visible_to(user).live().filter(business_date=periods.today())
    newest = of_today.order_by("-opened_at", "-pk").values("pk")[:SHOWN]
    own = of_today.filter(cashier=user, status=Status.OPEN).values("pk")
    told: tuple[Any, ...] = (first, newest, own)
    # A part of a union has no limit of its own in SQLite.
    one, *others = (shifts.filter(pk__in=numbers).values("pk") for numbers in told)
    rows = with_place(shifts.filter(pk__in=one.union(*others))).annotate(is_in_queue=IN_QUEUE)
    return Rows(named(rows, "pharmacy", "cashier", "deleted_by").defer(*UNLISTED).order_by("-opened_at", "-pk"))
