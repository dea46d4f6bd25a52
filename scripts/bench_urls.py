"""The product's addresses and the floor: what the barest signed-in page of Django costs under the same server."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from cashpilot import urls
from sessions_app.models import CashSession

ROWS = "{% for shift in shifts %}<p>{{ shift.pk }} {{ shift.business_date }} {{ shift.result }}</p>{% endfor %}"
TEMPLATE = engines["django"].from_string("<h1>{{ user }}</h1>" + ROWS)


def floor(request: HttpRequest) -> HttpResponse:
    """Session, user, one indexed query, ten rows in a template."""
    shifts = CashSession.objects.order_by("-pk")[:10]
    return HttpResponse(TEMPLATE.render({"user": request.user, "shifts": shifts}))


urlpatterns = [*urls.urlpatterns, path("floor/", floor)]
