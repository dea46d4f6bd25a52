from django.db import migrations

# Permissions under their former names; the roles are given those of today after each migrate.
FORMER_PERMISSIONS = ["review_cashsession", "sign_day"]


def remove_former_permissions(apps, schema_editor):
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    permissions.filter(content_type__app_label="sessions_app", codename__in=FORMER_PERMISSIONS).delete()


def renamed(model, **names):
    return [
        migrations.RenameField(model_name=name, old_name=old, new_name=new)
        for name in (model, f"historical{model}")
        for old, new in names.items()
    ]


class Migration(migrations.Migration):

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("sessions_app", "0008_mails"),
    ]

    operations = [
        # What stands on the generated result and on columns that are renamed is made anew below.
        migrations.RemoveIndex("cashsession", "shift_of_result"),
        migrations.RemoveIndex("cashsession", "shift_to_review"),
        migrations.RemoveIndex("cashsession", "shift_unreviewed"),
        migrations.RemoveConstraint("cashsession", "reviewed_shift_says_when_who_and_why_together"),
        migrations.RemoveConstraint("cashsession", "reviewed_shift_is_closed"),
        migrations.RemoveConstraint("day", "signed_day_says_when_who_and_why_together"),
        migrations.RemoveConstraint("tally", "shifts_are_tallied_in_one_place"),
        migrations.RemoveConstraint("submission", "form_of_a_person_is_carried_out_once"),
        migrations.RemoveField("cashsession", "result"),
        *renamed("cashsession", reviewed_at="signed_off_at", reviewed_by="signed_off_by", review_note="signed_off_note"),
        *renamed("day", signed_at="signed_off_at", signed_by="signed_off_by", sign_note="signed_off_note"),
        migrations.RenameModel("Tally", "RunningTotal"),
        migrations.RenameField("runningtotal", "is_reviewed", "is_signed_off"),
        migrations.RenameField("runningtotal", "unseen_transfers", "unverified_transfers"),
        migrations.RenameField("runningtotal", "unseen_amount", "unverified_amount"),
        migrations.RenameModel("Submission", "IdempotencyKey"),
        migrations.RenameField("idempotencykey", "token", "key"),
        migrations.RenameField("idempotencykey", "purpose", "scope"),
        migrations.RenameField("idempotencykey", "content", "request_hash"),
        migrations.RunPython(remove_former_permissions, migrations.RunPython.noop),
    ]
