"""Rules for imports; rules/common.py says what every rule is."""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.utils.translation import gettext as _

from sessions_app.domain.rules.common import full_moment

if TYPE_CHECKING:
    from sessions_app.models import DayImport


def why_imported(file: "DayImport") -> str:
    """Return the sentence that refuses a file whose content was imported before, with its name and moment (local)."""
    when = full_moment(cast(datetime, file.imported_at))
    return _("What this file says was already imported on %(when)s (%(name)s).") % {"when": when, "name": file.name}
