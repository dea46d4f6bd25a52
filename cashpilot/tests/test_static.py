"""Nothing in our stylesheets and scripts is newer than Chrome 109, the last one on Windows 7.

Every feature used stands below, by the version of Chrome that brought it (developer.mozilla.org, "Browser
compatibility"). Whoever uses another one looks it up and adds it; what nobody uses any more goes.
"""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings

FLOOR = 109
STATIC = settings.BASE_DIR / "static"

# 1 stands for what is older than the rest of the list.
CSS = {
    1: """
        @media :checked :disabled :empty :first-child :focus :hover :last-child :link :not :nth-child
        :nth-last-child :root :target :visited ::after ::before ::first-letter -webkit-text-size-adjust % attr()
        background background-color background-image border border-bottom border-collapse border-color border-left
        border-left-color border-radius border-style border-top border-width bottom box-shadow box-sizing color
        content counter() counter-increment counter-reset cursor display em float font font-size font-style
        font-weight height left letter-spacing line-height list-style margin margin-bottom margin-left margin-right
        margin-top max-width min-height min-width mm ms opacity outline outline-offset overflow padding
        padding-bottom padding-left padding-right padding-top position pt px resize rgba() right (max-width)
        (min-width) text-align text-decoration text-transform top transition vertical-align white-space width
        z-index
    """,
    2: "@page",
    4: "rem",
    12: "::-webkit-details-marker",
    15: "size",
    20: "vw",
    23: "overflow-wrap",
    26: "calc()",
    29: "align-items align-self flex flex-basis flex-direction flex-wrap justify-content order",
    32: "::backdrop",
    49: "var() --custom",
    50: "break-after break-inside",
    52: "font-variant-numeric",
    55: "clip-path inset()",
    57: """
        ::placeholder fr grid-auto-flow grid-column grid-column-end grid-row grid-template-columns
        grid-template-rows minmax() repeat()
    """,
    61: "scroll-behavior",
    66: "gap",
    69: "scroll-padding-bottom scroll-padding-top",
    74: "(prefers-reduced-motion)",
    76: "(prefers-color-scheme)",
    79: "min()",
    81: "color-scheme",
    85: "page",
    86: ":focus-visible",
    87: "inset margin-inline padding-block padding-inline text-underline-offset",
    93: "accent-color",
    105: ":has",
}

SCRIPT = {
    1: """
        action ctrlKey Boolean CustomEvent DOMParser Date Math NaN Node Number Object String
        DOCUMENT_POSITION_PRECEDING activeElement addEventListener body checked className cloneNode
        compareDocumentPosition contains createElement defaultPrevented detail disabled dispatchEvent
        documentElement elements error every execCommand filter firstChild floor focus forEach form get
        getElementById getItem getResponseHeader headers hidden id indexOf input isNaN join lang length map match
        max name now open parentElement parseFromString pathname preventDefault print querySelector querySelectorAll
        reduce reload replace responseText result search select selectionEnd selectionStart setItem
        setSelectionRange slice some split status stopPropagation target test textContent toISOString toString trim
        value
    """,
    5: "FormData labels",
    8: "dataset",
    24: """
        continue createObjectStore delete objectStore onabort oncomplete onerror onsuccess onupgradeneeded
        openCursor put transaction nextElementSibling remove
    """,
    26: "content",
    32: "Promise URL catch repeat",
    33: "matches",
    37: "close onclose returnValue showModal",
    41: "closest endsWith startsWith",
    42: "fetch()",
    45: "assign find",
    47: "includes",
    49: "URLSearchParams ...spread {destructuring} =>",
    51: "key",
    54: "after append before values",
    55: "async",
    60: "inputType",
    73: "fromEntries",
    75: "60_000",
    76: "requestSubmit",
    80: "?. ??",
    81: "ariaBusy",
    83: "durability",
    86: "replaceChildren",
}

# Names that are ours or htmx's and no feature of the browser.
OWN = set(
    """
    amount at billed_cash counts draft elt end enter field final_cash hundreds isReadable issueRequest LARGEST
    leavesAt lines money noted offset page person pieces said seconds shown small start sum tens text tickAll token
    unsure why xhr
    """.split()  # noqa: SIM905
)


def listed(features: dict[int, str]) -> set[str]:
    return {name for names in features.values() for name in names.split()}


def css_features(text: str) -> Iterator[str]:
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r'"[^"]*"', '""', text)
    yield from re.findall(r"@[\w-]+", text)
    for head, end in re.findall(r"([^{};]*)([{;}])", text):
        if end == "{" and head.strip().startswith("@"):
            yield from (f"({name})" for name in re.findall(r"\(([\w-]+)", head))
        elif end == "{":
            yield from re.findall(r"::?[a-z-]+", head)
        elif ":" in head:
            name, value = head.strip().split(":", 1)
            yield "--custom" if name.startswith("--") else name
            yield from (f"{function}()" for function in re.findall(r"([\w-]+)\(", value))
            yield from re.findall(r"(?<![\w#-])\d*\.?\d+([a-z%]+)", value)


SYNTAX = {
    "...spread": r"\.\.\.\w",
    "{destructuring}": r"const \{",
    "=>": r"=>",
    "async": r"\basync\b",
    "60_000": r"\d_\d",
    "?.": r"\?\.",
    "??": r"\?\?",
    "fetch()": r"\bfetch\(",
    "URL": r"\bnew URL\(",
    "durability": r"\bdurability\b",
}


def script_features(text: str) -> Iterator[str]:
    text = re.sub(r"(^|\s)//.*", "", text)
    yield from (name for name, pattern in SYNTAX.items() if re.search(pattern, text))
    text = re.sub(r'"[^"\n]*"', '""', text)
    yield from re.findall(r"(?<=\.)[a-zA-Z_]\w*", text)
    yield from re.findall(r"(?<![\w.$\"])[A-Z][a-zA-Z]*[a-z]\w*", text)
    for names in re.findall(r"\{ ([\w, ]+) \}\)? =", text):
        yield from names.split(", ")


def used(pattern: str, features) -> set[str]:
    return {name for path in STATIC.glob(pattern) for name in features(path.read_text())}


def test_every_feature_is_listed_and_every_one_listed_is_used() -> None:
    assert used("*.css", css_features) == listed(CSS)
    assert used("*.js", script_features) - OWN == listed(SCRIPT)


def test_none_of_them_is_newer_than_the_floor() -> None:
    assert max(*CSS, *SCRIPT) <= FLOOR


@pytest.mark.parametrize("path", [*STATIC.glob("*.css")], ids=lambda path: path.name)
def test_no_rule_stands_within_another(path) -> None:
    """Nesting came with Chrome 112; only @media may hold rules."""
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    open_rules: list[str] = []
    for head, brace in re.findall(r"([^{}]*)([{}])", text):
        if brace == "}":
            open_rules.pop()
            continue
        assert all(rule.startswith("@") for rule in open_rules), head.strip()
        open_rules.append(head.rpartition(";")[2].strip())


@pytest.mark.parametrize("path", [*STATIC.glob("*.js")], ids=lambda path: path.name)
def test_no_regular_expression_has_a_flag_of_later_years(path) -> None:
    """The flag v came with Chrome 112."""
    assert not re.search(r"/[dgimsuy]*v[dgimsuyv]*[;,).]", path.read_text())
