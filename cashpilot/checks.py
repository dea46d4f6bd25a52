from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.staticfiles, deploy=True)
def static_files_are_collected(**_options: Any) -> list[CheckMessage]:
    """Without them every page that names one fails."""
    if (settings.STATIC_ROOT / "staticfiles.json").is_file():
        return []
    hint = "Run manage.py collectstatic, or make build, which does."
    return [Error("The static files are not collected.", hint=hint, id="cashpilot.E001")]
