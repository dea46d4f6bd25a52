"""Rules for imports: each returns None if the action is allowed, else the sentence that says why not.

The sentence disables the button, fills the form's error and is tested; the queryset of the rows that pass stands
in querysets.py under the name that each rule gives. Whether the row may be seen at all is `visible_to`'s business.
"""

from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.utils.translation import gettext as _

from cashpilot.exceptions import require as require

if TYPE_CHECKING:
    from sessions_app.models import DayImport
from sessions_app.domain.rules.common import full_moment


def why_imported(file: "DayImport") -> str:
    """The same content came before."""
    when = full_moment(cast(datetime, file.imported_at))
    return _("What this file says was already imported on %(when)s (%(name)s).") % {"when": when, "name": file.name}
