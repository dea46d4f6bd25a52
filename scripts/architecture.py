"""Draw docs/architecture.svg from what the modules import: `make architecture`.

A box is a package, or the files of one that share a floor. It stands one floor above the highest box that it imports
from; boxes that nothing imports, where Django, gunicorn or a shell starts, share the top. An arrow is left out where
others lead to the same box. Imports in a circle cannot be drawn, and end the command with their names.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import groupby
from pathlib import Path
from statistics import fmean
from textwrap import wrap
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "architecture.svg"
# Packages whose insides are drawn, and those that are one box each.
DIVIDED, WHOLE = ("sessions_app", "cashpilot"), ("accounts", "pharmacies")
NOT_DRAWN = {"tests", "migrations", "formats"}

# In pixels: the picture, between floors, the bend of an arrow, a line and a letter of text. In letters: a line.
WIDTH, GAP, BEND, LINE, LETTER, LETTERS = 1200, 48, 28, 16, 7.3, 24
HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" style="background: #fff"><style>
text {{ font: 12px monospace; fill: #1f2933; text-anchor: middle }} .title {{ font-weight: bold }}
rect {{ fill: #eef4f7; stroke: #52708a }} path {{ fill: none; stroke: #8aa1b4 }} marker path {{ fill: #8aa1b4 }}
</style><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">
<path d="M0 0L8 4L0 8z"/></marker>"""
Names = dict[str, set[str]]


class Box(NamedTuple):
    floor: int
    title: str


class Place(NamedTuple):
    """The middle of a box, its upper edge and its lower one."""

    x: int
    y: int
    end: int


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield the dotted name and the syntax tree of every file that is drawn; an empty __init__.py is none."""
    for package in (*DIVIDED, *WHOLE):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if path.stat().st_size and not NOT_DRAWN & set(parts):
                yield ".".join(parts), ast.parse(path.read_text())


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the dotted names that are imported anywhere but under TYPE_CHECKING; `from a import b` counts as a.b."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield from imports(node)


def read() -> tuple[Names, Names]:
    """Return for each room (`sessions_app.models`, `accounts`) the files in it, if it is a folder, and its imports."""

    def room(name: str) -> str:
        return ".".join(name.split(".")[: 2 if name.startswith(DIVIDED) else 1])

    files: Names = defaultdict(set)
    needs: Names = defaultdict(set)
    for module, tree in modules():
        files[room(module)].update(module.split(".")[room(module).count(".") + 1 :][:1])
        needs[room(module)].update(map(room, imports(tree)))
    return files, {here: needs[here] & files.keys() - {here} for here in files}


def floors(needs: Names) -> dict[str, int]:
    """Return the floor of each room, 0 at the bottom. Raises CycleError when some import each other in a circle."""
    floor: dict[str, int] = {}
    for here in TopologicalSorter(needs).static_order():
        floor[here] = 1 + max((floor[other] for other in needs[here]), default=-1)
    imported = set().union(*needs.values())
    return {here: floor[here] if here in imported else max(floor.values()) for here in needs}


def boxes(files: Names, needs: Names) -> tuple[dict[Box, set[str]], dict[Box, set[Box]]]:
    """Return the names that each box shows, and the boxes that it imports."""
    folder = {here: here.replace(".", "/") if files[here] else here.split(".")[0] for here in files}
    box = {here: Box(floor, folder[here] + "/") for here, floor in floors(needs).items()}
    names: dict[Box, set[str]] = defaultdict(set)
    below: dict[Box, set[Box]] = defaultdict(set)
    for here in needs:
        names[box[here]] |= files[here] or {here.split(".")[1]}
        below[box[here]] |= {box[other] for other in needs[here]} - {box[here]}
    return names, below


def reached(below: dict[Box, set[Box]], box: Box) -> set[Box]:
    """Return every box that `box` imports, itself or through others."""
    return below[box].union(*(reached(below, other) for other in below[box]))


def places(lines: dict[Box, list[str]], below: dict[Box, set[Box]]) -> dict[Box, Place]:
    """Return where each box stands: in its floor about under those that import it."""
    place: dict[Box, Place] = {}
    y = LINE
    for _floor, row in groupby(sorted(lines, reverse=True), key=lambda box: box.floor):
        about = {box: fmean([place[other].x for other in place if box in below[other]] or [WIDTH / 2]) for box in row}
        for number, box in enumerate(sorted(about, key=lambda box: (about[box], box))):
            x = WIDTH * (2 * number + 1) // (2 * len(about))
            place[box] = Place(x, y, y + LINE * len(lines[box]) + 10)
        y = max(place[box].end for box in about) + GAP
    return place


def arrow(upper: Place, lower: Place) -> str:
    curve = f"M{upper.x} {upper.end}C{upper.x} {upper.end + BEND} {lower.x} {lower.y - BEND} {lower.x} {lower.y}"
    return f'<path marker-end="url(#head)" d="{curve}"/>'


def frame(place: Place, lines: list[str]) -> str:
    width = round(max(map(len, lines)) * LETTER) + LINE
    size = f'x="{place.x - width // 2}" y="{place.y}" width="{width}" height="{place.end - place.y}"'
    texts = [f'x="{place.x}" y="{place.y + LINE * number}">{line}</text>' for number, line in enumerate(lines, 1)]
    return f'<rect {size} rx="6"/><text class="title" {"<text ".join(texts)}'


def picture() -> str:
    names, below = boxes(*read())
    lines = {box: [box.title, *wrap(" ".join(sorted(names[box])), LETTERS)] for box in sorted(names)}
    place = places(lines, below)
    drawn = [
        arrow(place[box], place[other])
        for box in lines
        for other in sorted(below[box].difference(*(reached(below, between) for between in below[box])))
    ]
    drawn += [frame(place[box], lines[box]) for box in lines]
    return "\n".join([HEAD.format(WIDTH, max(end for _x, _y, end in place.values()) + LINE), *drawn, "</svg>\n"])


if __name__ == "__main__":
    PICTURE.write_text(picture())
