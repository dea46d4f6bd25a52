from typing import Any

from django.db import models, transaction


class Tracked(models.Model):
    """A model with a history of its own. A row and its history are written together or not at all.

    simple-history writes after Django's own inner transaction is over; without one around both, a failure between
    them would leave a change that nobody can trace.
    """

    class Meta:
        abstract = True

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        return super().delete(*args, **kwargs)
