from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sessions_app', '0029_what_arrived_of_each_method'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='cashsession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('evidence_difference', None), ('evidence_result', None)), models.Q(('evidence_difference', None), ('evidence_result', 'not_compared')), models.Q(('evidence_difference__isnull', False), ('evidence_result__isnull', False), ('evidence_result__in', ('short', 'over', 'swapped', 'balanced'))), _connector='OR'), name='verdict_by_the_evidence_is_whole', violation_error_message='A verdict by the evidence says its result and its difference together.'),
        ),
    ]
