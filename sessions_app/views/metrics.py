"""The view that an operator's Prometheus reads: the counters of the workers, and what the database says now."""

import hmac
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Max, Min, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cashpilot.version import VERSION
from cashpilot.web import metrics as counters
from sessions_app.models import Anchor, Mail, Pulse, Seal

LOOPBACK = ("127.0.0.1", "::1")
TYPE = "text/plain; version=0.0.4; charset=utf-8"


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read(request):
        raise Http404
    lines = [f"# TYPE {name} gauge\n{name}{labels} {value}\n" for name, labels, value in _of_the_database()]
    return HttpResponse(counters.written() + "".join(lines).encode(), content_type=TYPE)


def _may_read(request: HttpRequest) -> bool:
    """Whoever has METRICS_TOKEN; where there is none, this machine itself, and nobody through a proxy on it."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    return request.META.get("REMOTE_ADDR") in LOOPBACK and "X-Forwarded-For" not in request.headers


def _of_the_database() -> Iterator[tuple[str, str, float]]:
    """Yield name, labels and value. A time is in seconds since 1970."""
    states = Mail.State
    mails = Mail.objects.aggregate(
        owed=Count("pk", Q(state__in=(states.WAITING, states.SENDING))),
        given_up=Count("pk", Q(state=states.GIVEN_UP)),
        due=Min("due_at", filter=Q(state=states.WAITING)),
    )
    yield "cashpilot_info", f'{{version="{VERSION}"}}', 1
    yield "cashpilot_mails_owed", "", mails["owed"]
    yield "cashpilot_mails_given_up", "", mails["given_up"]
    # Grows where the service that sends them stands still.
    yield "cashpilot_mails_overdue_seconds", "", _seconds_since(mails["due"])
    head = Seal.objects.aggregate(links=Count("pk"), last=Max("sealed_at"))
    yield "cashpilot_chain_links", "", head["links"]
    anchored = Anchor.objects.aggregate(last=Max("made_at"))["last"]
    beats = dict(Pulse.objects.values_list("name", "beat_at"))
    times = {
        "chain_last_sealed": head["last"],
        "last_anchor": anchored,
        "last_backup": beats.get(Pulse.Of.BACKUP),
        "mails_heartbeat": beats.get(Pulse.Of.MAILS),
    }
    # What never was has no line: an alert says `absent`.
    yield from ((f"cashpilot_{name}_timestamp_seconds", "", at.timestamp()) for name, at in times.items() if at)


def _seconds_since(time: Any) -> float:
    return max((timezone.now() - time).total_seconds(), 0.0) if time else 0.0
