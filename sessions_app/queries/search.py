"""The one search of the lists: the number of a shift, a person, the words of a movement, or an amount."""

from dataclasses import dataclass
from functools import cached_property

from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import User
from cashpilot.money import parse_amount
from cashpilot.normalize import folded
from sessions_app.domain.choices import Status
from sessions_app.models import Movement

# No number of a shift is longer.
MOST_DIGITS = 10


@dataclass(frozen=True)
class Search:
    """The text that somebody typed into the search is read as each thing that it can mean."""

    text: str

    @cached_property
    def words(self) -> str:
        return folded(self.text)

    @cached_property
    def number(self) -> int | None:
        """Return the number of a shift, with or without its sign: `40`, `#40`."""
        digits = self.text.strip().removeprefix("#")
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS else None

    @cached_property
    def amount(self) -> int | None:
        """Return the amount in guaraníes; None where the text is none."""
        try:
            return parse_amount(self.text.strip().lstrip("+-\N{MINUS SIGN}"))
        except ValidationError:
            return None

    @cached_property
    def people(self) -> list[int]:
        """Return whose name or e-mail it is a part of, whatever case and accents. There are few people."""
        rows = User.objects.only("first_name", "last_name", "email").order_by()
        return [person.pk for person in rows if self.words and self.words in folded(f"{person} {person.email}")]


def shifts_like(search: Search) -> Q:
    """Select shifts by number, cashier, notes, their live movements, and amounts that are told once it is closed.

    What was billed is left out: who counts blindly could ask for it here.
    """
    noted = Movement.objects.live().filter(_of_movement(search))
    which = Q(pk__in=noted.values("session")) | Q(cashier__in=search.people) | Q(notes__icontains=search.text)
    if search.number is not None:
        which |= Q(pk=search.number)
    if search.amount:
        closed = Q(total_sales=search.amount) | Q(total_difference__in=[search.amount, -search.amount])
        which |= Q(final_cash=search.amount) | Q(status=Status.CLOSED, final_cash__isnull=False) & closed
    return which


def transfers_like(search: Search) -> Q:
    """Select transfers by words, reference, amount, cashier, and the number of their shift."""
    which = _of_movement(search) | Q(session__cashier__in=search.people)
    return which if search.number is None else which | Q(session=search.number)


def _of_movement(search: Search) -> Q:
    which = Q(search__contains=search.words) | Q(reference__icontains=search.text)
    return which if search.amount is None else which | Q(amount=search.amount)
