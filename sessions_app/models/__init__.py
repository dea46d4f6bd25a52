from sessions_app.domain.choices import BILLED
from sessions_app.models.days import Day
from sessions_app.models.evidence import Batch, EvidenceKind, Line, Match, Source
from sessions_app.models.idempotency import IdempotencyKey
from sessions_app.models.imported import Imported
from sessions_app.models.ledger import Anchor, ControlLine, DayVerdict, RunningTotal, Seal
from sessions_app.models.mails import Mail
from sessions_app.models.movements import Movement
from sessions_app.models.pulses import Pulse
from sessions_app.models.replies import REPLY_LENGTH, Reply
from sessions_app.models.shifts import FIGURES, FIRST_VERDICT, MOVEMENT_SUMS, SUMMED, TYPED_AMOUNTS, CashSession

__all__ = [
    "BILLED",
    "FIGURES",
    "FIRST_VERDICT",
    "MOVEMENT_SUMS",
    "REPLY_LENGTH",
    "SUMMED",
    "TYPED_AMOUNTS",
    "Anchor",
    "Batch",
    "CashSession",
    "ControlLine",
    "Day",
    "DayVerdict",
    "EvidenceKind",
    "IdempotencyKey",
    "Imported",
    "Line",
    "Mail",
    "Match",
    "Movement",
    "Pulse",
    "Reply",
    "RunningTotal",
    "Seal",
    "Source",
]
