from datetime import date

from django.urls import URLPattern, path, register_converter

from sessions_app import views
from sessions_app.reports import REPORTS
from sessions_app.views import day_import, days, report_pages, review, transfers


class DayConverter:
    regex = "2[0-9]{3}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """What is no day (ValueError) is no address."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return str(value)


register_converter(DayConverter, "day")


def _of_report(name: str) -> list[URLPattern]:
    """Its page and its two files."""
    page = path(f"reports/{name}/", report_pages.report, {"name": name}, name=f"report_{name}")
    files = [
        path(f"reports/{name}/export.{kind}", report_pages.export_report, {"name": name, "extension": kind})
        for kind in ("csv", "xlsx")
    ]
    return [page, *files]


urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("audit/", views.audit_page, name="audit"),
    path("audit/export.csv", views.audit_export, name="audit_export"),
    path("reports/", report_pages.index, name="reports"),
    *(route for name in REPORTS for route in _of_report(name)),
    path("sessions/export.csv", views.export_sessions, {"extension": "csv"}, name="export_csv"),
    path("sessions/export.xlsx", views.export_sessions, {"extension": "xlsx"}, name="export_xlsx"),
    path("review/", review.review_queue, name="review_queue"),
    path("review/together/", review.review_together, name="review_together"),
    path("review/<int:pk>/", review.review_row, name="review_row"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/<int:movement_pk>/", transfers.tick_transfer, name="tick_transfer"),
    path("days/", days.day_list, name="days"),
    path("days/import/", day_import.import_file, name="import_days"),
    path("days/import/<int:pk>/", day_import.import_preview, name="import_preview"),
    path("days/<int:pharmacy_pk>/<day:date>/", days.day, name="day"),
    path("days/<int:pharmacy_pk>/<day:date>/sign/", days.sign_day, name="sign_day"),
    path("sessions/open/", views.open_session, name="open_session"),
    path("sessions/<int:pk>/", views.session, name="session"),
    path("sessions/<int:pk>/slip/", views.slip, name="slip"),
    path("sessions/<int:pk>/movements/", views.add_movement, name="add_movement"),
    path("sessions/<int:pk>/movements/<int:movement_pk>/void/", views.void_movement, name="void_movement"),
    path("sessions/<int:pk>/movements/<int:movement_pk>/verify/", views.verify_movement, name="verify_movement"),
    path("sessions/<int:pk>/close/", views.close_session, name="close_session"),
    path("sessions/<int:pk>/correct/", views.correct_session, name="correct_session"),
    path("sessions/<int:pk>/flag/", views.flag_session, name="flag_session"),
    path("sessions/<int:pk>/unflag/", views.unflag_session, name="unflag_session"),
    path("sessions/<int:pk>/review/", views.review_session, name="review_session"),
    path("sessions/<int:pk>/reply/", views.add_reply, name="add_reply"),
    path("sessions/<int:pk>/delete/", views.delete_session, name="delete_session"),
    path("sessions/<int:pk>/restore/", views.restore_session, name="restore_session"),
]
