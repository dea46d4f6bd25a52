"""Nothing in our stylesheets and scripts is newer than Chrome 109, the last one on Windows 7.

Every feature used stands below, with its neighbours, by the version of Chrome that brought it (developer.mozilla.org,
"Browser compatibility"). Whoever uses another one looks it up and adds it.
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
        % (max-height) (max-width) (min-height) (min-width) -webkit-box-orient -webkit-print-color-adjust
        -webkit-text-size-adjust
        ::after ::before ::first-letter :active :checked :disabled :empty :first-child :first-of-type :focus :hover
        :last-child :last-of-type :link :not :nth-child :nth-last-child :nth-of-type :only-child :root :target
        :visited @media attr() background background-color background-image background-position background-repeat
        background-size border border-bottom border-bottom-color border-collapse border-color border-left
        border-left-color border-radius border-right border-right-color border-spacing border-style border-top
        border-top-color border-width bottom box-shadow box-sizing caption-side clear cm color content counter()
        counter-increment counter-reset cursor display dominant-baseline em empty-cells fill fill-opacity float font
        font-size font-style font-weight height in left letter-spacing line-height list-style margin margin-bottom
        margin-left margin-right margin-top max-height max-width min-height min-width mm ms opacity outline
        outline-offset overflow overflow-x overflow-y padding padding-bottom padding-left padding-right padding-top
        position pt px quotes resize rgba() right s stroke stroke-dasharray stroke-linecap stroke-linejoin
        stroke-opacity stroke-width table-layout text-align text-anchor text-decoration text-indent text-overflow
        text-transform top transition vector-effect vertical-align vh visibility white-space width z-index @import
    """,
    2: "@page",
    4: "@keyframes animation rem",
    6: "-webkit-line-clamp",
    12: "::-webkit-details-marker",
    15: "size",
    20: "vw",
    23: "overflow-wrap",
    25: "orphans widows",
    26: "calc()",
    27: "ch",
    28: "@supports",
    29: """
        align-content align-items align-self flex flex-basis flex-direction flex-grow flex-shrink flex-wrap
        justify-content order
    """,
    32: "::backdrop object-fit",
    35: "paint-order",
    36: "pointer-events transform",
    41: "(pointer)",
    44: "word-break",
    49: "--custom var()",
    50: "break-after break-inside",
    52: "font-variant-numeric",
    55: "clip-path inset()",
    57: """
        ::placeholder caret-color fr grid-area grid-auto-columns grid-auto-flow grid-auto-rows grid-column
        grid-column-end grid-row grid-template-areas grid-template-columns grid-template-rows minmax() repeat()
        text-decoration-color text-decoration-style
    """,
    59: "place-content place-items place-self",
    60: ":focus-within",
    61: "scroll-behavior",
    66: "column-gap gap row-gap",
    69: "scroll-margin-bottom scroll-margin-top scroll-padding-bottom scroll-padding-top",
    74: "(prefers-reduced-motion)",
    76: "(prefers-color-scheme)",
    79: "clamp() max() min()",
    81: "color-scheme",
    85: "page",
    86: "::marker :focus-visible",
    87: """
        inset margin-block margin-inline margin-inline-end margin-inline-start padding-block padding-inline
        padding-inline-end padding-inline-start text-decoration-thickness text-underline-offset
    """,
    88: ":is :where aspect-ratio",
    89: "(forced-colors)",
    93: "accent-color",
    99: "@layer",  # also behind @import
    105: ":has @container container-type cqi",
}

SCRIPT = {
    1: """
        Array Boolean CustomEvent DOCUMENT_POSITION_FOLLOWING DOCUMENT_POSITION_PRECEDING DOMParser Date
        Error Intl JSON Map Math NaN Node altKey tabIndex
        Number Object RegExp Set String WeakSet abs action activeElement add addEventListener alert blur body
        bottom cells
        checkValidity checked children classList className click cloneNode compareDocumentPosition concat contains
        createElement ctrlKey defaultPrevented defaultValue detail disabled dispatchEvent documentElement elements
        error every execCommand filter firstChild firstElementChild floor focus forEach form get getAttribute
        getBoundingClientRect getClientRects getElementById getItem getResponseHeader has hasAttribute headers height
        hidden href id index indexOf input insertBefore isComposing isConnected isNaN item join json keys lang
        lastElementChild left length
        map match matchMedia max media metaKey min name navigator nextSibling now ok open options parentElement
        parentNode parse parseFromString pathname platform pop preventDefault previousElementSibling print push
        querySelector querySelectorAll reduce reload removeAttribute removeEventListener replace responseText result
        right round rows scripts selectAllChildren
        scrollIntoView search select selected selectedIndex selectionEnd selectionStart setAttribute setItem
        setSelectionRange shift shiftKey size slice some sort split status stopPropagation stringify style target test
        textContent title toISOString toLowerCase toString toggle top trim type value width
    """,
    5: "FormData labels",
    8: "dataset",
    24: """
        IDBKeyRange bound continue createObjectStore delete nextElementSibling objectStore onabort oncomplete onerror
        onsuccess onupgradeneeded openCursor put remove setRangeText transaction
    """,
    26: "content",
    30: "getModifierState",
    32: "Promise URL catch repeat",
    33: "matches",
    37: "close onclose returnValue showModal",
    41: "closest endsWith startsWith",
    42: "fetch() text",
    45: "assign find findIndex from",
    47: "includes",
    49: "...spread => URLSearchParams {destructuring}",
    51: "key",
    54: "after append before entries prepend replaceWith values",
    55: "async",
    57: "redirected",
    60: "inputType",
    61: "export import",
    66: "clipboard writeText",
    69: "flat flatMap toggleAttribute",
    73: "fromEntries",
    75: "60_000",
    76: "requestSubmit",
    80: "?. ??",
    81: "ariaBusy",
    83: "durability",
    86: "replaceChildren",
    92: "at",
    103: "AbortSignal timeout",
}

# Names that are ours or htmx's and no feature of the browser.
OWN = set(
    """
    Alt Digit billed billed_cash confirm_amount copied copy counts doubts draft element elt end field final_cash
    hundreds issueRequest kind leavesAt lines money noted offers offset page person pharmacy pieces place said seconds
    ids small
    start sum tens texts tickAll token totals unsure why xhr
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
    "import": r"(?m)^import ",
    "export": r"(?m)^export ",
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
    return {name for path in STATIC.rglob(pattern) for name in features(path.read_text())}


def test_every_feature_is_listed() -> None:
    assert used("*.css", css_features) - listed(CSS) == set()
    assert used("*.js", script_features) - listed(SCRIPT) - OWN == set()


def test_none_of_them_is_newer_than_the_floor() -> None:
    assert max(*CSS, *SCRIPT) <= FLOOR


@pytest.mark.parametrize("path", [*STATIC.rglob("*.css")], ids=lambda path: path.name)
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


@pytest.mark.parametrize("path", [*STATIC.rglob("*.js")], ids=lambda path: path.name)
def test_no_regular_expression_has_a_flag_of_later_years(path) -> None:
    """The flag v came with Chrome 112."""
    assert not re.search(r"/[dgimsuy]*v[dgimsuyv]*[;,).]", path.read_text())
