"""Every write to people, and nowhere else."""

from django.db import transaction

from accounts.models import User


@transaction.atomic
def choose_language(*, language: str, by: User) -> None:
    """The language in which `by` reads pages and mails."""
    if by.language != language:
        by.language = language
        by._history_user = by  # type: ignore[attr-defined]
        by.save(update_fields=["language"])
