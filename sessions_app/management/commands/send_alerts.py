import logging
import signal
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections

from sessions_app.ledger import anchors, control_lines
from sessions_app.mail import alerts, outbox, weekly
from sessions_app.models import Pulse

logger = logging.getLogger("cashpilot.mails")


class Command(BaseCommand):
    help = (
        "Send the mails that are owed, in the morning the digest, on Mondays the week before, compute the control "
        "lines that wait for it, and fix the histories by an anchor: once, for cron, or for ever with --every. "
        "Several may run at once, each mail is claimed by one of them. What does not leave is tried again after a "
        "minute, then after longer and longer, and given up after six tries; the back office shows it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, metavar="SECONDS", help="stay, and look again after so long")

    def handle(self, *args: Any, every: float | None = None, **options: Any) -> None:
        if every is None:
            self._round()
            return
        stop = Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            # What is being sent is sent; then it ends.
            signal.signal(name, lambda *_signal: stop.set())
        while not stop.is_set():
            try:
                self._round()
            except (OperationalError, InterfaceError) as error:
                logger.warning("mails wait for the database", extra={"error": type(error).__name__})
            close_old_connections()
            stop.wait(every)

    def _round(self) -> None:
        control_lines.compute_stale()
        alerts.queue_digests()
        weekly.queue_weekly_mails()
        outbox.send_due()
        anchors.make_if_due()
        Pulse.beat(Pulse.Of.MAILS)
