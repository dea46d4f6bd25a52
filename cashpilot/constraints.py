"""What people are told when the database itself refuses a row: an action let it through, or somebody was quicker."""

from django.apps import apps
from django.db import IntegrityError, connection, models
from django.utils.translation import gettext_lazy as _

_AMOUNTS = _("An amount is below zero or above what is accepted.")
_MARK = _("When, who and why belong together.")
_AGAIN = _("This was already sent. Reload the page and look.")
_MEANWHILE = _("Somebody else changed the same thing at the same moment. Reload the page and look.")

# Constraint -> the sentence. What is unique in one column alone stands under its index's name in PostgreSQL.
SENTENCES = {
    "email_is_unique_whatever_its_case": _("Somebody already has this e-mail."),
    "accounts_user_email_key": _("Somebody already has this e-mail."),
    "pharmacy_has_1_to_99_registers": _("A pharmacy has 1 to 99 registers."),
    "pharmacy_amounts_are_not_negative": _AMOUNTS,
    "pharmacies_pharmacy_name_key": _("Another pharmacy has just taken this name."),
    "person_is_assigned_once_to_a_pharmacy": _("This person is already assigned to that pharmacy."),
    "closed_shift_is_counted_and_dated_and_open_is_neither": _("A closed shift has its count and its time of closing."),
    "open_shift_holds_nothing_billed": _("What was billed belongs to a closed shift."),
    "shift_closes_after_it_opens": _("A shift cannot close before it opens."),
    "closed_shift_keeps_its_tolerance": _("A closed shift keeps the tolerance of its day."),
    "shift_amounts_are_within_limits": _AMOUNTS,
    "register_is_1_to_99": _("Registers are numbered 1 to 99."),
    "register_has_one_open_shift": _("That register has just been opened by somebody else."),
    "cashier_has_one_open_shift_in_a_pharmacy": _("That cashier already has a shift open in this pharmacy."),
    "flagged_shift_says_when_who_and_why_together": _MARK,
    "reviewed_shift_says_when_who_and_why_together": _MARK,
    "deleted_shift_says_when_who_and_why_together": _MARK,
    "reviewed_shift_is_closed": _("Only a closed shift is signed off."),
    "movement_amount_is_above_zero": _("A movement is above zero."),
    "expense_and_transfer_are_described": _("Describe it in a few words."),
    "voided_movement_says_when_who_and_why_together": _MARK,
    "verified_transfer_says_when_and_who_together": _("Only bank transfers are ticked against the bank."),
    "movement_kind_is_known": _("That is no kind of movement."),
    "sessions_app_movement_token_key": _AGAIN,
    "form_of_a_person_is_carried_out_once": _AGAIN,
    "person_is_told_once_of_an_occasion": _MEANWHILE,
    "sent_mail_says_when": _("A sent mail says when it was sent."),
    "chain_of_a_pharmacy_never_forks": _MEANWHILE,
    "shifts_are_tallied_in_one_place": _MEANWHILE,
    "reply_says_something": _("Write something."),
    "pharmacy_has_each_day_once": _MEANWHILE,
    "day_amounts_are_within_limits": _AMOUNTS,
    "day_without_business_bills_nothing": _("A day without business has nothing billed."),
    "signed_day_says_when_who_and_why_together": _MARK,
    "file_is_imported_once_for_a_pharmacy": _("This file was already imported."),
    "import_says_when_and_who_together": _MARK,
}


def broken(error: IntegrityError) -> str | None:
    """The name of the constraint, if the engine says it: SQLite is silent about foreign keys."""
    if connection.vendor == "postgresql":
        name: str | None = error.__cause__.diag.constraint_name  # type: ignore[union-attr]
        return name
    what, _colon, subject = str(error).partition(" constraint failed: ")
    return _of_columns(subject) if what == "UNIQUE" and "." in subject else subject.removeprefix("index ").strip("'")


def _of_columns(subject: str) -> str:
    """SQLite names the columns of a unique constraint: `table.one, table.other`."""
    columns = {column.partition(".")[2] for column in subject.split(", ")}
    table = subject.partition(".")[0]
    model = next(model for model in apps.get_models() if model._meta.db_table == table)
    by_name = {field.name: field.column for field in model._meta.concrete_fields}
    unique = [constraint for constraint in model._meta.constraints if isinstance(constraint, models.UniqueConstraint)]
    for constraint in unique:
        if columns == {by_name[name] for name in constraint.fields}:
            return str(constraint.name)
    return f"{table}_{'_'.join(columns)}_key"
