"""How far a command is: a bar for people, lines for a log."""

import pytest

from cashpilot.db.progress import Progress

pytestmark = pytest.mark.one_engine


@pytest.fixture
def told():
    return []


def lines(told):
    """Without the time of day."""
    return [line.partition(" ")[2] for line in told]


def test_a_log_has_a_line_for_every_ten_percent(told):
    share = Progress(told.append).of("writing", 2_000)
    for _step in range(40):
        share.add(50)
    assert lines(told) == [f"writing: {percent} % of 2,000 rows\n" for percent in range(10, 101, 10)]


def test_a_step_may_jump_over_some_of_them(told):
    share = Progress(told.append).of("restoring", 1_000, "bytes")
    share.add(390)
    share.add(609)
    share.add(1)
    assert lines(told) == [f"restoring: {percent} % of 1,000 bytes\n" for percent in (39, 99, 100)]


def test_a_terminal_has_one_line_that_is_drawn_over_until_all_is_done(told):
    share = Progress(told.append, is_terminal=True).of("writing", 3)
    share.add(1)
    share.add(0)
    share.add(2)
    share.add(0)
    assert told == [
        "\rwriting [#########.....................]  33 %",
        "\rwriting [##############################] 100 %\n",
    ]


def test_the_same_step_once_more_begins_anew(told):
    progress = Progress(told.append)
    for _time in range(2):
        progress.of("checksums", 1).add(1)
    assert lines(told) == ["checksums: 100 % of 1 rows\n"] * 2


def test_rows_are_told_as_they_pass(told):
    rows = Progress(told.append).of("comparing", 2_500).over(range(2_500))
    assert [next(rows) for _row in range(1_000)] == list(range(1_000))
    assert lines(told) == ["comparing: 40 % of 2,500 rows\n"]
    assert list(rows) == list(range(1_000, 2_500))
    assert lines(told)[1:] == [f"comparing: {percent} % of 2,500 rows\n" for percent in (80, 100)]


def test_nothing_at_all_is_done_at_once(told):
    assert list(Progress(told.append).of("writing", 0).over([])) == []
    assert lines(told) == ["writing: 100 % of 0 rows\n"]
