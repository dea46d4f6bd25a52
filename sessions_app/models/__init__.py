from sessions_app.models.days import BILLED, Day, DayImport
from sessions_app.models.mails import Mail
from sessions_app.models.shifts import (
    FIGURES,
    MOVEMENT_SUMS,
    REPLY_LENGTH,
    SUMMED,
    TYPED_AMOUNTS,
    CashSession,
    Movement,
    Reply,
    Seal,
    Submission,
    Tally,
)

__all__ = [
    "BILLED",
    "FIGURES",
    "MOVEMENT_SUMS",
    "REPLY_LENGTH",
    "SUMMED",
    "TYPED_AMOUNTS",
    "CashSession",
    "Day",
    "DayImport",
    "Mail",
    "Movement",
    "Reply",
    "Seal",
    "Submission",
    "Tally",
]
