from django.contrib import admin
from django.urls import include, path

from accounts.views import set_language
from cashpilot.web import errors, health, keys, styleguide

urlpatterns = [
    path("", include("sessions_app.urls")),
    path("", include("accounts.urls")),
    path("", include("pharmacies.urls")),
    path("admin/", admin.site.urls),
    path("health/live/", health.live, name="live"),
    path("health/ready/", health.ready, name="ready"),
    path("keys/", keys.keys, name="keys"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("i18n/setlang/", set_language, name="set_language"),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
