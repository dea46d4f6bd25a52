"""The first screen of every list and report shows rows: with the demo, on a notebook and on a phone."""

import pytest

from sessions_app.reports.catalogue import REPORTS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

NOTEBOOK, PHONE = {"width": 1333, "height": 768}, {"width": 390, "height": 844}
NARROW = {"width": 1024, "height": 768}
LISTS = ["sessions/", "review/", "transfers/", "transfers/?verified=1", "audit/", "days/"]
REPORT_PAGES = ["reports/weekly/", *(f"reports/{name}/" for name in REPORTS)]

ROWS = """() => [...document.querySelectorAll("main tbody tr")]
  .filter((row) => row.getBoundingClientRect().height && row.getBoundingClientRect().bottom <= innerHeight).length"""
CHART_ENDS = """() => document.querySelector(".chart")?.getBoundingClientRect().bottom ?? 0"""
# Labels and figures of charts that leave their card.
OUTSIDE = """() => [...document.querySelectorAll(".chart :is(text, .bars__label, .bars__figures)")].filter((text) => {
  const range = document.createRange();
  range.selectNodeContents(text);
  const own = (text.matches("text") ? text : range).getBoundingClientRect();
  const card = text.closest(".chart").getBoundingClientRect();
  const padding = text.matches("text") ? 0 : parseFloat(getComputedStyle(text.closest(".chart")).paddingRight);
  return own.width && (own.left < card.left + padding || own.right > card.right - padding);
}).map((text) => text.textContent.trim())"""
SCROLLS = "() => document.documentElement.scrollWidth > innerWidth"
# Names and amounts that stand on more than one line.
BROKEN = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll("main tbody :is(th, td.number):not(.words)")) {
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      if (range.getClientRects().length > 1 && texts.currentNode.data.trim()) broken.push(cell.textContent.trim());
    }
  }
  return broken;
}"""

# What an ellipsis cuts off: a date, a number, an amount. Names and sentences may be longer than their column.
CUT = """() => [...document.querySelectorAll("main :is(th, td)")]
  .filter((cell) => !cell.matches(".flow__place, .flow__who, .flow__more, .words, .morning__words"))
  .filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.textContent.trim())"""


def test_rows_are_in_the_first_screen(owner, live_server, subtests):
    for path in LISTS + REPORT_PAGES:
        for size in (NOTEBOOK, PHONE):
            owner.set_viewport_size(size)
            owner.goto(f"{live_server.url}/{path}")
            rows, fewest = owner.evaluate(ROWS), 8 if size == NOTEBOOK and path in LISTS else 2
            with subtests.test(path=path, width=size["width"]):
                assert rows >= fewest
                assert owner.evaluate(CHART_ENDS) < size["height"]
                assert not owner.evaluate(SCROLLS)
                assert owner.evaluate(OUTSIDE) == []
                assert size == PHONE or owner.evaluate(BROKEN) + owner.evaluate(CUT) == []
    owner.set_viewport_size(NARROW)
    owner.goto(f"{live_server.url}/review/")
    with subtests.test("no name of the queue is cut off in a narrow window"):
        assert owner.evaluate(CUT.replace(".flow__place, .flow__who, ", "")) == []
