"""Days of a whole column: one way of reading for all of them, and what has to be asked about it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from sessions_app.evidence.billing_types import Question
from sessions_app.evidence.cells import CellError, Moment, is_moment, parse_moment

# A serial number further away than this is counted from another year.
LONG_AGO, FAR_AHEAD = timedelta(days=400), timedelta(days=31)


class Days:
    """Reads the days of a column as the answers so far say; `questions` are there whether answered or not."""

    def __init__(self, texts: Sequence[str], answers: Mapping[str, str], *, from_1904: bool, today: date) -> None:
        self.texts = [text for text in dict.fromkeys(texts) if text]
        self.month_first = answers.get("order") == "month"
        self.from_1904 = answers.get("epoch") == "1904"
        self.questions = [*self._ask_order(), *self._ask_epoch(from_1904, today)]
        self.utc_days = self._all_midnight_utc()

    def raw(self, text: str) -> Moment | None:
        try:
            return parse_moment(text, month_first=self.month_first, from_1904=self.from_1904)
        except CellError:
            return None

    def moment(self, text: str) -> Moment:
        """Return a day, and its hour if there is one. Raises CellError."""
        moment = parse_moment(text, month_first=self.month_first, from_1904=self.from_1904)
        return Moment(moment.day) if self.utc_days and moment.is_midnight_utc else moment.local()

    def _all_midnight_utc(self) -> bool:
        """Some programs write a day as its midnight in Greenwich: then it is that day, and not the evening before."""
        moments = [self.raw(text) for text in self.texts]
        zoned = [moment for moment in moments if moment and moment.offset is not None]
        return bool(zoned) and all(moment.is_midnight_utc for moment in zoned)

    def _ask_order(self) -> list[Question]:
        """The day comes first, unless that cannot be for some cell and the month first can be for all."""
        dated = [text for text in self.texts if is_moment(text) or _is_month_first(text)]
        if all(map(is_moment, dated)) or not all(map(_is_month_first, dated)):
            return []
        options = {"month": _("Month, day, year"), "day": _("Day, month, year")}
        return [Question("order", _("“%(text)s”: which comes first?") % {"text": dated[0]}, options)]

    def _ask_epoch(self, from_1904: bool, today: date) -> list[Question]:
        """A serial number counts from 1900 or from 1904; far from today it is not known from which."""
        serials = [text for text in self.texts if is_moment(text) and parse_moment(text).is_serial]
        days = [parse_moment(text).day for text in serials]
        near = all(today - LONG_AGO <= day <= today + FAR_AHEAD for day in days)
        if not serials or (near and not from_1904):
            return []
        options = {
            "1904": f"{parse_moment(serials[0], from_1904=True).day:%d/%m/%Y}",
            "1900": f"{days[0]:%d/%m/%Y}",
        }
        text = _("The day is written as the number %(text)s, and workbooks count in two ways. Which day is it?")
        return [Question("epoch", text % {"text": serials[0]}, options)]


def _is_month_first(text: str) -> bool:
    try:
        parse_moment(text, month_first=True)
    except CellError:
        return False
    return True
