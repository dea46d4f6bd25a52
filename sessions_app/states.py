"""The life of a shift: two states, open and closed, and marks set beside them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")


# A mark is three columns, set and cleared together: <mark>_at, <mark>_by and its words.
MARKS = {"flagged": "flag_reason", "reviewed": "review_note", "deleted": "delete_reason"}
