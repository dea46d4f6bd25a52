from django.conf import settings
from django.db import migrations, models

# The opening cash less what the shift left that closed the register last in the 168 hours before.
GAP = """
first_initial_cash - (
    SELECT final_cash FROM sessions_app_cashsession before
    WHERE before.pharmacy_id = sessions_app_cashsession.pharmacy_id
    AND before.register = sessions_app_cashsession.register
    AND before.status = 'closed' AND before.deleted_at IS NULL AND before.imported_at IS NULL
    AND before.opened_at < sessions_app_cashsession.opened_at
    AND before.closed_at <= sessions_app_cashsession.opened_at
    AND before.closed_at >= {since}
    ORDER BY before.closed_at DESC, before.id DESC LIMIT 1
)
"""
# An instant is a text there, whose fraction of a second, where there is one, begins at the 20th character.
SINCE_ON_SQLITE = (
    "datetime(sessions_app_cashsession.opened_at, '-168 hours') || substr(sessions_app_cashsession.opened_at, 20)"
)
SINCE_ON_POSTGRESQL = "sessions_app_cashsession.opened_at - interval '168 hours'"
# An UPDATE of all rows would write each of them into every index. PostgreSQL makes table and indexes anew instead, in
# half of the time.
TELL_GAPS = {
    'sqlite': [
        f"UPDATE sessions_app_cashsession SET gap = {GAP.format(since=SINCE_ON_SQLITE)} WHERE imported_at IS NULL",
    ],
    'postgresql': [
        f"CREATE TABLE sessions_app_gaps AS SELECT id, {GAP.format(since=SINCE_ON_POSTGRESQL)} AS gap"
        " FROM sessions_app_cashsession WHERE imported_at IS NULL",
        "ALTER TABLE sessions_app_gaps ADD PRIMARY KEY (id)",
        "CREATE FUNCTION sessions_app_gap_of(bigint) RETURNS bigint LANGUAGE sql STABLE"
        " AS 'SELECT gap FROM sessions_app_gaps WHERE id = $1'",
        "ALTER TABLE sessions_app_cashsession ALTER COLUMN gap TYPE bigint USING sessions_app_gap_of(id)",
        "DROP FUNCTION sessions_app_gap_of",
        "DROP TABLE sessions_app_gaps",
    ],
}


def tell_gaps(_apps, schema_editor):
    for statement in TELL_GAPS[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('pharmacies', '0006_seals_of_the_history'),
        ('sessions_app', '0030_verdict_by_the_evidence_is_whole'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='cashsession',
            name='shift_of_register',
        ),
        migrations.AddIndex(
            model_name='cashsession',
            index=models.Index(models.F('pharmacy'), models.F('register'), models.OrderBy(models.F('closed_at'), descending=True), condition=models.Q(('closed_at__isnull', False)), name='shift_of_register'),
        ),
        migrations.AddField(
            model_name='cashsession',
            name='gap',
            field=models.BigIntegerField(blank=True, editable=False, null=True, verbose_name='between shifts'),
        ),
        migrations.RunPython(tell_gaps, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name='cashsession',
            index=models.Index(models.F('business_date'), models.F('gap'), condition=models.Q(('deleted_at', None), models.Q(('gap__lt', 0), ('gap__gt', 0), _connector='OR')), name='shift_with_a_gap'),
        ),
    ]
