"""Browsers and systems by the names that people know, from what a browser says of itself."""

from django.utils.translation import gettext as _

# What tells them -> their name; the first that is found counts, for most browsers say that they are others too.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "CrOS": "ChromeOS",
    "Windows NT 6.1": "Windows 7",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


def name_of(said: str) -> str:
    """Return `Chrome on Windows`, as far as it is told; what tells nothing of it stands as it is."""
    browser, system = (_first(names, said) for names in (BROWSERS, SYSTEMS))
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or said


def _first(names: dict[str, str], said: str) -> str:
    return next((name for part, name in names.items() if part in said), "")
