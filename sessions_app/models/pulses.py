from django.db import models

from cashpilot import periods


class Pulse(models.Model):
    """When something that has to happen again and again last did."""

    class Of(models.TextChoices):
        MAILS = "mails"
        BACKUP = "backup"

    name = models.CharField(max_length=10, choices=Of, primary_key=True)
    beat_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.beat_at}"

    @classmethod
    def beat(cls, name: str) -> None:
        cls.objects.update_or_create(name=name, defaults={"beat_at": periods.now()})
