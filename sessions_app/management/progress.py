"""A bar on the error output that grows with what is done."""

from typing import IO

WIDTH = 40


class ProgressBar:
    """Draws itself again over the same line of a terminal; into a file it writes a line per tenth."""

    def __init__(self, out: IO[str], total: int) -> None:
        self._out, self._total, self._done, self._tenths = out, total, 0, 0

    def __call__(self, done: int) -> None:
        self._done += done
        share = self._done / self._total if self._total else 1.0
        if self._out.isatty():
            self._out.write(f"\r{self._line(share)}" + ("\n" if self._done >= self._total else ""))
            self._out.flush()
        elif int(share * 10) > self._tenths:
            self._tenths = int(share * 10)
            self._out.write(f"{self._line(share)}\n")

    def _line(self, share: float) -> str:
        filled = round(share * WIDTH)
        return f"[{'#' * filled}{'.' * (WIDTH - filled)}] {share:4.0%} {self._done:,} / {self._total:,}"
