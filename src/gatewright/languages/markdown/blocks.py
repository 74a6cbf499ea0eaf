"""The blocks of a Markdown text: headings, paragraphs, lists, tables, quotes and code."""

import re
from collections.abc import Callable
from html import escape

from gatewright.languages.markdown.inline import inline

_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})\s*([\w+#.-]*)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$")
_QUOTE = re.compile(r" {0,3}>[ ]?(.*)$")
_ITEM = re.compile(r"( {0,3})([-*+]|\d{1,9}[.)])(?:( {1,4})(?=\S)|[ ]*$|(?= ))(.*)$")
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_DELIMITERS = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*+(?:\|[ \t]*:?-+:?[ \t]*+)*\|?[ \t]*$")
_CELL = re.compile(r"(?:[^|\\]|\\.)*", re.DOTALL)
_DEEPEST = 12  # blocks in blocks
_SIDES = {  # whether a colon begins and ends a column's delimiter; styles are the page's
    (True, True): ' class="center"',
    (True, False): "",
    (False, True): ' class="right"',
    (False, False): "",
}

Lines = list[str]
Block = tuple[str, int]  # its HTML, and the place of the line after it


def to_html(text: str) -> str:
    """The text as HTML without raw HTML, for the inside of an element. Never raises."""
    return _blocks(text.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n"), 0)


def _blocks(lines: Lines, depth: int) -> str:
    made, place = [], 0
    readers = _READERS if depth < _DEEPEST else _LEAVES
    while place < len(lines):
        if not lines[place].strip():
            place += 1
            continue
        for read in readers:
            block = read(lines, place, depth)
            if block is not None:
                html, place = block
                made.append(html)
                break
    return "\n".join(made)


def _fenced(lines: Lines, place: int, depth: int) -> Block | None:
    fence = _FENCE.match(lines[place])
    if fence is None:
        return None
    end = place + 1
    while end < len(lines) and not _ends_fence(lines[end], fence[1]):
        end += 1
    return _code(lines[place + 1 : end]), end + 1


def _ends_fence(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and not bare.strip(fence[0])


def _indented(lines: Lines, place: int, depth: int) -> Block | None:
    end = place
    while end < len(lines) and (lines[end].startswith("    ") or not lines[end].strip()):
        end += 1
    if end == place:
        return None
    code = [line[4:] for line in lines[place:end]]
    while not code[-1].strip():
        code.pop()
    return _code(code), end


def _code(lines: Lines) -> str:
    return f"<pre><code>{escape(chr(10).join(lines))}\n</code></pre>"


def _heading(lines: Lines, place: int, depth: int) -> Block | None:
    heading = _HEADING.match(lines[place])
    if heading is None:
        return None
    return _titled(len(heading[1]), re.sub(r"(?:^|[ \t])#+[ \t]*$", "", (heading[2] or "").rstrip())), place + 1


def _titled(level: int, text: str) -> str:
    level = min(level + 1, 6)  # a page's title is above those of its text
    return f"<h{level}>{inline(text.strip())}</h{level}>"


def _rule(lines: Lines, place: int, depth: int) -> Block | None:
    return ("<hr>", place + 1) if _RULE.match(lines[place]) else None


def _quote(lines: Lines, place: int, depth: int) -> Block | None:
    inside: Lines = []
    while place < len(lines) and (quoted := _QUOTE.match(lines[place])):
        inside.append(quoted[1])
        place += 1
    return (f"<blockquote>\n{_blocks(inside, depth + 1)}\n</blockquote>", place) if inside else None


def _list(lines: Lines, place: int, depth: int) -> Block | None:
    first = _ITEM.match(lines[place])
    if first is None:
        return None
    kind, items, loose = _kind(first[2]), [], False
    while place < len(lines) and (item := _ITEM.match(lines[place])) and _kind(item[2]) == kind:
        if _RULE.match(lines[place]):
            break
        inside, place = _item(lines, place, item)
        while place < len(lines) and not lines[place].strip():
            place += 1
        loose = loose or any(not line.strip() for line in _trimmed(inside))
        items.append(_trimmed(inside))
    tag = "ol" if first[2][0].isdigit() else "ul"
    start = f' start="{int(first[2][:-1])}"' if tag == "ol" and int(first[2][:-1]) != 1 else ""
    shown = "\n".join(f"<li>{_task(inside, loose, depth)}</li>" for inside in items)
    return f"<{tag}{start}>\n{shown}\n</{tag}>", place


def _kind(marker: str) -> str:
    return marker[-1]


def _item(lines: Lines, place: int, item: re.Match[str]) -> tuple[Lines, int]:
    """The lines of an item without their indent, and the place after them."""
    indent = len(item[1]) + len(item[2]) + len(item[3] or " ")
    inside, place = [item[4] if item[3] else item[4].strip()], place + 1
    while place < len(lines):
        line = lines[place]
        if line.strip() and not line.startswith(" " * indent):
            goes_on = lines[place - 1].strip() and not any(each.match(line) for each in _STARTS)
            if not goes_on:
                break
        inside.append(line[indent:] if line.startswith(" " * indent) else line.strip())
        place += 1
    return inside, place


def _trimmed(lines: Lines) -> Lines:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _task(lines: Lines, loose: bool, depth: int) -> str:
    """An item; one of a list without blank lines holds text, not paragraphs."""
    task = _TASK.match(lines[0]) if lines else None
    box = "" if task is None else "☐ " if task[1] == " " else "☑ "
    inside = [lines[0][task.end() :] if task else lines[0], *lines[1:]] if lines else []
    html = _blocks(inside, depth + 1)
    return box + (html if loose else html.replace("<p>", "", 1).replace("</p>", "", 1) if html[:3] == "<p>" else html)


def _table(lines: Lines, place: int, depth: int) -> Block | None:
    if "|" not in lines[place] or place + 1 == len(lines) or not _DELIMITERS.match(lines[place + 1]):
        return None
    head, sides = _cells(lines[place]), [_side(cell) for cell in _cells(lines[place + 1])]
    if len(head) != len(sides):
        return None
    rows, place = [_row(head, sides, "th")], place + 2
    while place < len(lines) and lines[place].strip() and not any(each.match(lines[place]) for each in _STARTS):
        rows.append(_row(_cells(lines[place]), sides, "td"))
        place += 1
    return "<table>\n" + "\n".join(rows) + "\n</table>", place


def _cells(line: str) -> list[str]:
    """The cells of a row; `\\|` is no border."""
    bare = line.strip()
    bare = bare.removeprefix("|")
    found, place = [], 0
    while place <= len(bare):
        cell = _CELL.match(bare, place)
        assert cell is not None
        found.append(cell[0].strip().replace("\\|", "|"))
        place = cell.end() + 1
    return found[:-1] if len(found) > 1 and not found[-1] else found


def _side(delimiter: str) -> str:
    return _SIDES[delimiter.startswith(":"), delimiter.endswith(":")]


def _row(cells: list[str], sides: list[str], tag: str) -> str:
    cells = [*cells, *("" for _ in sides)][: len(sides)]
    shown = (f"<{tag}{side}>{inline(cell)}</{tag}>" for cell, side in zip(cells, sides, strict=True))
    return f"<tr>{''.join(shown)}</tr>"


def _paragraph(lines: Lines, place: int, depth: int) -> Block:
    end = place + 1
    while end < len(lines) and lines[end].strip():
        underline = _UNDERLINE.match(lines[end])
        if underline:
            text = "\n".join(line.strip() for line in lines[place:end])
            return _titled(1 if underline[1][0] == "=" else 2, text), end + 1
        if any(each.match(lines[end]) for each in _STARTS):
            break
        end += 1
    text = "\n".join(line.lstrip() for line in lines[place:end]).rstrip()
    return f"<p>{inline(text)}</p>", end


_STARTS = (_FENCE, _HEADING, _RULE, _QUOTE, _ITEM)  # what ends a paragraph without a blank line
_LEAVES: tuple[Callable[[Lines, int, int], Block | None], ...] = (_fenced, _indented, _heading, _rule, _paragraph)
_READERS = (_fenced, _indented, _heading, _rule, _quote, _list, _table, _paragraph)
