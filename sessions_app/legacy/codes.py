"""The codes of the report, each with its line."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.TextChoices):
    NOTE = "note", _("Note")
    WARNING = "warning", _("Look at it")
    BLOCKER = "blocker", _("Decide first")


class Code(models.TextChoices):
    # People, pharmacies, assignments.
    EMAIL_TAKEN = "email_taken", _("e-mail that somebody else has: given another one, disabled")
    EMAIL_MISSING = "email_missing", _("person without an e-mail that is one: given another one, disabled")
    NAME_MISSING = "name_missing", _("person without a name: the beginning of the e-mail, or a dash")
    PASSWORD_UNUSABLE = "password_unusable", _("password that cannot be carried over: needs a new one")
    UNKNOWN_ROLE = "unknown_role", _("role that does not exist here: none given, disabled")
    PLACE_NAME_MISSING = "place_name_missing", _("pharmacy without a name: its old id instead")
    NAME_TAKEN = "name_taken", _("second pharmacy of the same name: a number put behind it")
    TEXT_UNESCAPED = "text_unescaped", _("text stored with the signs of a web page: put right")
    TEXT_CUT = "text_cut", _("text too long for its column: cut, kept whole beside it")
    ASSIGNMENT_TWICE = "assignment_twice", _("assignment stored twice: taken once")
    ORPHAN = "orphan", _("row that belongs to nothing: kept, not shown")
    UNREADABLE = "unreadable", _("value that cannot be read: its row is left out")
    ID_TWICE = "id_twice", _("second row under the same id: the first one counts")
    TABLE_KEPT = "table_kept", _("table without a place here: its rows are kept, not shown")

    # When, where, and by whom.
    NUMBER_TAKEN = "number_taken", _("shift number that another shift has: given the next free one")
    TIME_THAT_WAS_NOT = (
        "time_that_was_not",
        _("hour that the change to summer time left out: read by the clock before"),
    )
    TIME_THAT_WAS_TWICE = "time_that_was_twice", _("hour that was there twice at the end of summer time: the first one")
    LONG_SHIFT = "long_shift", _("shift of more than 16 hours")
    CLOSING_TIME_UNKNOWN = (
        "closing_time_unknown",
        _("closed shift without an hour: when last written, or midnight"),
    )
    UNKNOWN_STATUS = "unknown_status", _("status that does not exist here: told by its count and its closing hour")
    CLOSED_WITHOUT_COUNT = "closed_without_count", _("shift closed without a count: stays so")
    ANOTHER_OPEN_SINCE = "another_open_since", _("open shift whose cashier opened another: closed without a count then")
    OPEN_WITH_COUNT = "open_with_count", _("open shift with a count: the count is in its notes")
    STALE_OPEN = "stale_open", _("shift left open for more than 16 hours")
    SECOND_REGISTER = "second_register", _("shift beside another one: put on a further register")
    OPENER_UNKNOWN = "opener_unknown", _("shift that nobody known opened")
    CASHIER_UNKNOWN = "cashier_unknown", _("shift of nobody known")
    NAME_NOT_ONE_PERSON = "name_not_one_person", _("name that nobody has, or two people: kept in the reason")

    # Amounts.
    DECIMALS = "decimals", _("amount with decimals: rounded to whole guaraníes")
    NEGATIVE = "negative", _("number below zero: turned into what it means, or left out")
    ABOVE_THE_LIMIT = "above_the_limit", _("amount above the largest one")
    TOTAL_ABOVE_ITEMS = "total_above_items", _("total above its items: one more movement without detail")
    TOTAL_BELOW_ITEMS = "total_below_items", _("total below its items: the items count")
    TOTAL_WITHOUT_ITEMS = "total_without_items", _("total without items: one movement without detail")
    ZERO_ITEM = "zero_item", _("movement of zero: left out")
    DESCRIPTION_MISSING = "description_missing", _("movement without a description")
    VERIFIED_TRANSFER_WAS_DELETED = (
        "verified_transfer_was_deleted",
        _("verified transfer that was deleted: both kept"),
    )
    VERIFIER_UNKNOWN = "verifier_unknown", _("verified transfer without who or when")

    # Marks and history.
    FLAG_UNDATED = "flag_undated", _("flag without an instant: the nearest one known")
    FLAG_LEFT_OVER = "flag_left_over", _("reason of a flag that is not there: left out")
    DELETION_UNDATED = "deletion_undated", _("deletion without an instant: the nearest one known")
    CHANGE_WITHOUT_TRACE = "change_without_trace", _("change that the old history does not tell of: added to it")
    EDIT_WITHOUT_CHANGE = "edit_without_change", _("line of the old history that changed nothing: left out")

    # Days.
    DAY_TWICE = "day_twice", _("day written twice: the last one counts, the others are its history")
    DAY_DELETED = "day_deleted", _("day that was deleted: unknown, its figures are in the history")
    DAY_WRITER_UNKNOWN = "day_writer_unknown", _("day that nobody known wrote")
    CLOSED_DAY_WITH_FIGURES = (
        "closed_day_with_figures",
        _("day without business, with figures: kept in its history"),
    )
    CLOSED_DAY_WITH_SHIFTS = (
        "closed_day_with_shifts",
        _("day without business, with shifts: a day of business"),
    )
    TOTAL_ONLY = "total_only", _("day with a total alone: unknown how it was paid")
    TOTAL_IS_NOT_THE_SUM = "total_is_not_the_sum", _("day whose total is not the sum of its parts: the parts count")

    # What stands here already.
    CHANGED_HERE_TOO = "changed_here_too", _("row that changed there and here: left as it is here")
    TAKEN_HERE = "taken_here", _("open shift whose register or cashier has another one open here: close one of them")


BLOCKERS = {Code.ABOVE_THE_LIMIT, Code.TAKEN_HERE, Code.UNREADABLE}
WARNINGS = {
    Code.EMAIL_TAKEN,
    Code.EMAIL_MISSING,
    Code.PLACE_NAME_MISSING,
    Code.PASSWORD_UNUSABLE,
    Code.UNKNOWN_ROLE,
    Code.ORPHAN,
    Code.TABLE_KEPT,
    Code.NUMBER_TAKEN,
    Code.CLOSED_WITHOUT_COUNT,
    Code.ANOTHER_OPEN_SINCE,
    Code.OPEN_WITH_COUNT,
    Code.STALE_OPEN,
    Code.UNKNOWN_STATUS,
    Code.CASHIER_UNKNOWN,
    Code.NEGATIVE,
    Code.TOTAL_ABOVE_ITEMS,
    Code.TOTAL_BELOW_ITEMS,
    Code.VERIFIED_TRANSFER_WAS_DELETED,
    Code.CHANGE_WITHOUT_TRACE,
    Code.DAY_TWICE,
    Code.CLOSED_DAY_WITH_FIGURES,
    Code.CLOSED_DAY_WITH_SHIFTS,
    Code.TOTAL_ONLY,
    Code.TOTAL_IS_NOT_THE_SUM,
    Code.CHANGED_HERE_TOO,
}
