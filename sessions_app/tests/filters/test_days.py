"""The range of days that the list takes."""

import pytest

from testing.client import signed_in


@pytest.mark.parametrize(
    ("last", "status"),
    [("2026-07-01", 200), ("2026-08-31", 200), ("2026-09-01", 422), ("2026-06-30", 422)],
    ids=["one day", "62 days", "63 days", "the last before the first"],
)
def test_at_most_62_days_are_listed_both_ends_included(last, status, marta):
    assert signed_in(marta).get(f"/days/?date_from=2026-07-01&date_to={last}").status_code == status
