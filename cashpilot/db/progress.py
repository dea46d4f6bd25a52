"""How far a long command is, on stderr: a bar where somebody looks on, else a line every ten percent for a log."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from django.core.management.base import BaseCommand

WIDTH = 30
STEP = 10
AT_ONCE = 1_000
Row = TypeVar("Row")


class Progress:
    """`write` gets one text, its end included; `is_terminal`: a line may be drawn over."""

    def __init__(self, write: Callable[[str], object], *, is_terminal: bool = False) -> None:
        self.write = write
        self.is_terminal = is_terminal

    def __call__(self, text: str) -> None:
        self.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")

    def of(self, text: str, total: int, units: str = "rows") -> "Share":
        """Begin a step, named by `text`, of that many rows or other units."""
        return Share(self, text, total, units)


class Share:
    """One step of a long command: it tells which share of all of it is done."""

    def __init__(self, progress: Progress, text: str, total: int, units: str) -> None:
        self.progress, self.text, self.total, self.units = progress, text, total, units
        self.done = self.shown = 0

    def add(self, number: int) -> None:
        self.done += number
        percent = 100 * self.done // self.total if self.total else 100
        step = 1 if self.progress.is_terminal else STEP
        if percent // step > self.shown // step:
            self.shown = percent
            self._show(percent)

    def over(self, found: Iterable[Row]) -> Iterator[Row]:
        """Yield these rows, and count them in."""
        waiting = 0
        for row in found:
            waiting += 1
            if waiting == AT_ONCE:
                self.add(waiting)
                waiting = 0
            yield row
        self.add(waiting)

    def _show(self, percent: int) -> None:
        if self.progress.is_terminal:
            filled = WIDTH * percent // 100
            bar = "#" * filled + "." * (WIDTH - filled)
            end = "\n" if self.done >= self.total else ""
            self.progress.write(f"\r{self.text} [{bar}] {percent:3d} %{end}")
        else:
            self.progress(f"{self.text}: {percent} % of {self.total:,} {self.units}")


def on_stderr(command: BaseCommand) -> Progress:
    """Return the progress of a command, told on its error output."""
    return Progress(lambda text: command.stderr.write(text, ending=""), is_terminal=bool(command.stderr.isatty()))


quiet = Progress(lambda _text: None)
