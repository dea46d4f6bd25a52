"""Static files as production serves them: each under the hash of its content, each stylesheet in one piece."""

import posixpath
import re
from collections.abc import Callable
from functools import partial
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

IMPORTED_SHEET = re.compile(r'@import "(?P<url>[^"]+)"(?: layer\((?P<layer>\w+)\))?;')
IN_PLACE = "in place"
MODULE = r"""(?P<matched>\b(?P<how>from|import) "(?P<url>\./[^"]+)";)"""


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Replace each `@import` of a stylesheet by what it imports, and each import of a module by its hashed name.

    A browser can follow both itself, and does while developing. But each @import costs it a request more, and an import
    without the hash might find an earlier version in its cache. See docs/decisions/0001-css-in-layers.md.
    """

    # Sheets come first, so that Django finds no @import left to hash. Of modules only ours: Django's own switch,
    # support_js_module_import_aggregation, stumbles over those of django_htmx, which import names that are no files.
    patterns = (
        ("*.css", ((IMPORTED_SHEET.pattern, IN_PLACE),)),
        ("js/*.js", ((MODULE, '%(how)s "%(url)s";'),)),
        *CompressedManifestStaticFilesStorage.patterns,
    )

    def url_converter(
        self, name: str, hashed_files: dict[str, Any], template: str | None = None
    ) -> Callable[[re.Match[str]], str]:
        if template == IN_PLACE:
            return partial(self._in_place, name)
        converter: Callable[[re.Match[str]], str] = super().url_converter(name, hashed_files, template)
        return converter

    def _in_place(self, importing: str, match: re.Match[str]) -> str:
        """Return the sheet that `importing` imports here. Raises FileNotFoundError when it was not collected."""
        name = posixpath.join(posixpath.dirname(importing), match["url"])
        with self.open(name) as file:
            sheet = IMPORTED_SHEET.sub(partial(self._in_place, name), file.read().decode())
        return f"@layer {match['layer']} {{\n{sheet}}}" if match["layer"] else sheet
