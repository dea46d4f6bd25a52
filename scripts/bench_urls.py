"""The product's addresses and the floor: what a signed-in page with nothing on it costs under the same server."""

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

from cashpilot import urls

TEMPLATE = engines["django"].from_string('{% extends "base.html" %}')


def floor(request: HttpRequest) -> HttpResponse:
    """Session, person with their role, menu and language: all that a page has before it says anything."""
    return HttpResponse(TEMPLATE.render({}, request))


urlpatterns = [*urls.urlpatterns, path("floor/", floor)]
