import csv
from io import StringIO

from django.db import migrations


def keep_as_batches(apps, schema_editor):
    """Each file of the day import becomes a batch; applied ones have no matches, so that undoing them changes nothing."""
    Source, Batch = apps.get_model("sessions_app", "Source"), apps.get_model("sessions_app", "Batch")
    for file in apps.get_model("sessions_app", "DayImport").objects.order_by("pk").iterator():
        source, _is_new = Source.objects.get_or_create(kind="billing", pharmacy_id=file.pharmacy_id, name="")
        text = StringIO()
        csv.writer(text, delimiter=";").writerows(file.rows)
        Batch.objects.create(
            source=source,
            name=file.name,
            digest=file.digest,
            content=text.getvalue().encode(),
            rows=len(file.rows) - 1,
            created_at=file.created_at,
            created_by_id=file.created_by_id,
            applied_at=file.imported_at,
            applied_by_id=file.imported_by_id,
        )


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0020_evidence"),
    ]

    operations = [
        migrations.RunPython(keep_as_batches, migrations.RunPython.noop, elidable=False),
        migrations.DeleteModel(name="DayImport"),
    ]
