"""How far a long command is, on stderr: a bar where somebody looks on, else a line every ten percent for a log."""

from collections.abc import Callable
from datetime import UTC, datetime

WIDTH = 30
STEP = 10


class Progress:
    """`write` gets one text, its end included; `is_terminal`: a line may be drawn over."""

    def __init__(self, write: Callable[[str], object], *, is_terminal: bool = False) -> None:
        self.write = write
        self.is_terminal = is_terminal
        self.shown: tuple[str, int] = ("", 0)

    def __call__(self, text: str) -> None:
        self.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")

    def share(self, text: str, done: int, total: int) -> None:
        """Tell that `done` of `total` steps of what `text` says are done; called as often as one likes."""
        percent = 100 * done // total if total else 100
        last = self.shown[1] if self.shown[0] == text else 0
        if self.is_terminal and (text, percent) != self.shown:
            filled = WIDTH * percent // 100
            bar = "#" * filled + "." * (WIDTH - filled)
            self.write(f"\r{text} [{bar}] {percent:3d} %" + ("\n" if done >= total else ""))
            self.shown = (text, percent)
        elif not self.is_terminal and percent // STEP > last // STEP:
            self(f"{text}: {percent} % of {total:,} rows")
            self.shown = (text, percent)


quiet = Progress(lambda _text: None)
