"""A table that somebody sent: how it is kept, read with a person's choices, and what is remembered of them."""

from collections.abc import Mapping
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from cashpilot.normalize import folded
from sessions_app.evidence.archives import shown
from sessions_app.evidence.billing_types import Choices
from sessions_app.evidence.columns import CHOSEN, REMEMBERED
from sessions_app.evidence.sheets import LARGEST_FILE, Workbook
from sessions_app.evidence.workbooks import read_workbook
from sessions_app.models import Batch
from sessions_app.queries.proposals import Preview, Received

CHOICES = (CHOSEN, REMEMBERED)


def receive(file: "UploadedFile[Any]") -> Received:
    """Return the file as it is kept. Raises ValidationError if it is no table."""
    content = file.read(LARGEST_FILE + 1)
    try:
        read_workbook(content)
    except ValidationError as error:
        told = [f"{shown(file.name or '')}: {sentence}" for sentence in error.messages]
        raise ValidationError(told) from None
    return Received(content=content)


def workbook_of(batch: Batch) -> Workbook:
    return read_workbook(bytes(cast(bytes, batch.content)))


def remember(preview: Preview, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the next file of the source is read with: the field of each title that a person chose."""
    columns = preview.reading.columns
    return {"titles": {folded(column.title): str(column.field) for column in columns if column.how in CHOICES}}


def choices_of(batch: Batch, chosen: Mapping[str, Any]) -> Choices:
    """Return the choices of a person, over what is remembered of the source. `chosen` is as JSON keeps it."""
    remembered = batch.source.remembered
    return Choices(
        sheet=chosen.get("sheet") or None,
        titles_row=chosen.get("titles_row") or None,
        columns={int(place): field for place, field in chosen.get("columns", {}).items()},
        titles=remembered.get("titles", {}),
        left_out=frozenset(chosen.get("left_out", ())),
        taken=frozenset(chosen.get("taken", ())),
        answers={**remembered.get("answers", {}), **chosen.get("answers", {})},
    )
