from sessions_app.admin.mails import MailAdmin
from sessions_app.admin.shifts import CashSessionAdmin

__all__ = ["CashSessionAdmin", "MailAdmin"]
