"""axe looks at a page, or at a part of it, and says what keeps somebody from using it."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Also the targets of WCAG 2.2; but not the column without a heading that Django draws beside rows to be read.
RULES: dict[str, Any] = {
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}, "empty-table-header": {"enabled": False}},
    "preload": False,  # what axe does with stylesheets the policy of the pages would refuse
}
# What the other theme or a narrow screen can break.
THEME_AND_SIZE = {**RULES, "runOnly": ["color-contrast", "target-size"]}
RUN = """async ([part, rules]) => {
  const { violations } = await axe.run(part, rules);
  return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html.slice(0, 160))]);
}"""


def breaches(page: Page, rules: dict[str, Any] = RULES, part: str = "html") -> list[Any]:
    """Return each rule that is broken, with the first elements that break it."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    found: list[Any] = page.evaluate(RUN, [part, rules])
    return found
