from datetime import date

from django.urls import URLPattern, path, register_converter

from sessions_app.reports.catalogue import REPORTS
from sessions_app.views import (
    api,
    audit,
    days,
    home,
    imports,
    marks,
    metrics,
    movements,
    privacy,
    replies,
    reports,
    review,
    shifts,
    sign_ins,
    transfers,
    weekly,
)


class DayConverter:
    regex = "2[0-9]{3}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        """Return the day; a text that is none raises ValueError, and then there is no such address."""
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return str(value)


register_converter(DayConverter, "day")


def _of_report(name: str) -> list[URLPattern]:
    """Its page and its two files."""
    page = path(f"reports/{name}/", reports.report, {"name": name}, name=f"report_{name}")
    files = [
        path(f"reports/{name}/export.{kind}", reports.export_report, {"name": name, "extension": kind})
        for kind in ("csv", "xlsx")
    ]
    return [page, *files]


urlpatterns = [
    path("", home.home, name="dashboard"),
    path("api/", api.page, name="api_page"),
    path("api/v1/billed/", api.billed, name="api_billed"),
    path("api/v1/openapi.json", api.description, name="api_description"),
    path("privacy/", privacy.privacy, name="privacy"),
    path("accounts/data/", privacy.own_data, name="own_data"),
    path("people/<int:pk>/data/", privacy.data_of_person, name="person_data"),
    path("people/sign-ins/", sign_ins.sign_ins, name="sign_ins"),
    path("audit/", audit.audit_page, name="audit"),
    path("audit/export.csv", audit.audit_export, {"extension": "csv"}, name="audit_export"),
    path("audit/export.xlsx", audit.audit_export, {"extension": "xlsx"}, name="audit_export_xlsx"),
    path("metrics", metrics.metrics, name="metrics"),
    path("reports/", reports.index, name="reports"),
    path("reports/weekly/", weekly.weekly, name="report_weekly"),
    *(route for name in REPORTS for route in _of_report(name)),
    path("sessions/", shifts.dashboard, name="shifts"),
    path("sessions/export.csv", shifts.export_shifts, {"extension": "csv"}, name="export_csv"),
    path("sessions/export.xlsx", shifts.export_shifts, {"extension": "xlsx"}, name="export_xlsx"),
    path("review/", review.review_queue, name="review_queue"),
    path("review/together/", review.sign_off_together, name="sign_off_together"),
    path("review/undo/", review.undo_sign_offs, name="undo_sign_offs"),
    path("review/<int:pk>/", review.sign_off_row, name="sign_off_row"),
    path("review/<int:pk>/evidence/", review.evidence, name="evidence"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/export.csv", transfers.export_transfers, {"extension": "csv"}, name="export_transfers"),
    path("transfers/export.xlsx", transfers.export_transfers, {"extension": "xlsx"}, name="export_transfers_xlsx"),
    path("transfers/together/", transfers.verify_together, name="verify_together"),
    path("transfers/<int:movement_pk>/", transfers.verify_transfer, name="verify_transfer"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.new_import, name="new_import"),
    path("imports/<int:pk>/", imports.show_import, name="import"),
    path("imports/<int:pk>/apply/", imports.apply_import, name="apply_import"),
    path("imports/<int:pk>/undo/", imports.undo_import, name="undo_import"),
    path("days/", days.day_list, name="days"),
    path("days/export.csv", days.export_days, {"extension": "csv"}, name="export_days"),
    path("days/export.xlsx", days.export_days, {"extension": "xlsx"}, name="export_days_xlsx"),
    path("days/<int:pharmacy_pk>/<day:date>/", days.day, name="day"),
    path("days/<int:pharmacy_pk>/<day:date>/decide/", days.decide_on_day, name="decide_on_day"),
    path("days/<int:pharmacy_pk>/<day:date>/sign/", days.sign_off_day, name="sign_off_day"),
    path("sessions/open/", shifts.open_shift, name="open_shift"),
    path("sessions/descriptions/", movements.offer_descriptions, name="descriptions"),
    path("sessions/<int:pk>/", shifts.show_shift, name="shift"),
    path("sessions/<int:pk>/history/", shifts.show_history, name="shift_history"),
    path("sessions/<int:pk>/slip/", shifts.slip, name="slip"),
    path("sessions/<int:pk>/movements/", movements.add_movement, name="add_movement"),
    path("sessions/<int:pk>/movements/<int:movement_pk>/void/", movements.void_movement, name="void_movement"),
    path("sessions/<int:pk>/movements/<int:movement_pk>/verify/", movements.verify_movement, name="verify_movement"),
    path("sessions/<int:pk>/close/", shifts.close_shift, name="close_shift"),
    path("sessions/<int:pk>/close/doubts/", shifts.doubts_of_close, name="doubts_of_close"),
    path("sessions/<int:pk>/close-uncounted/", shifts.close_uncounted_shift, name="close_uncounted_shift"),
    path("sessions/<int:pk>/correct/", shifts.correct_shift, name="correct_shift"),
    path("sessions/<int:pk>/flag/", marks.flag_shift, name="flag_shift"),
    path("sessions/<int:pk>/unflag/", marks.unflag_shift, name="unflag_shift"),
    path("sessions/<int:pk>/review/", marks.sign_off_shift, name="sign_off_shift"),
    path("sessions/<int:pk>/decide/", marks.decide_on_evidence, name="decide_on_evidence"),
    path("sessions/<int:pk>/reply/", replies.add_reply, name="add_reply"),
    path("sessions/<int:pk>/delete/", marks.delete_shift, name="delete_shift"),
    path("sessions/<int:pk>/restore/", marks.restore_shift, name="restore_shift"),
]
