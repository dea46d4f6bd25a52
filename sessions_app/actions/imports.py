"""Receive a file of the billing system, and import it as days: all of it or nothing."""

import json
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, cast

from django.db import transaction
from django.utils.translation import gettext as _

from cashpilot import periods
from cashpilot.exceptions import ActionRefused, require
from cashpilot.web import logs
from pharmacies.models import Pharmacy
from sessions_app.actions.days import hold, refusing_the_second_writer, write_locked_day
from sessions_app.domain.choices import BilledSource
from sessions_app.domain.rules import days as day_rules
from sessions_app.domain.rules import imports as import_rules
from sessions_app.models import DayImport
from sessions_app.queries import imports

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def receive_file(pharmacy: Pharmacy, *, name: str, rows: list[list[str]], by: "User") -> DayImport:
    """Keep a table until it is looked at and imported. The same content is imported once for a pharmacy."""
    pharmacy = Pharmacy.objects.visible_to(by).get(pk=pharmacy.pk)
    require(day_rules.why_not_write_day(by, periods.today()))
    digest = sha256(json.dumps(rows).encode()).hexdigest()
    _require_new(pharmacy, digest)
    kept = {"pharmacy": pharmacy, "name": name[:200], "digest": digest, "rows": rows}
    return DayImport.objects.create(**kept, created_at=periods.now(), created_by=by)


def _require_new(pharmacy: Pharmacy, digest: str) -> None:
    done = DayImport.objects.filter(pharmacy=pharmacy, digest=digest, imported_at__isnull=False).first()
    require(import_rules.why_imported(done) if done else None, conflict=True)


def import_days(pk: int, *, columns: imports.Columns, by: "User", state: str | None = None) -> DayImport:
    """Write every row of a file as a day, all or none; what a day says already leaves no trace.

    `state` is the fingerprint of the days on the preview that was confirmed, where that is known. Raises ActionRefused
    as a conflict if one of them changed since.
    """
    with refusing_the_second_writer(), transaction.atomic():
        file = DayImport.objects.visible_to(by).select_for_update(of=("self",)).select_related("pharmacy").get(pk=pk)
        require(day_rules.why_not_write_day(by, periods.today()))
        file.pharmacy = hold(file.pharmacy, by)
        _require_new(file.pharmacy, file.digest)
        _write_days(file, columns, by, state)
        file.columns = {name: file.titles[place] for name, place in columns.items()}
        file.imported_at, file.imported_by = periods.now(), by
        file.save()
        logs.action("days imported", file=file.pk, user=by.pk)
    return file


def _write_days(file: DayImport, columns: imports.Columns, by: "User", state: str | None) -> None:
    lines = imports.lines(file, columns)
    if state is not None and state != imports.fingerprint(lines):
        raise ActionRefused(_("A day changed since this preview was drawn. Look at it again below."), conflict=True)
    if any(line.errors for line in lines):
        raise ActionRefused(_("Nothing was imported: mend the rows that are marked, and send the file again."))
    reason = _("Imported from %(file)s.") % {"file": file.name}
    for line in (line for line in lines if line.changes):
        day = cast(date, line.date)
        write_locked_day(
            file.pharmacy, day, by=by, version=None, reason=reason, values=line.values, source=BilledSource.FILE
        )
