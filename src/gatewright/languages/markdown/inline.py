"""What stands in a line of Markdown: code, links, images and emphasis, in one pass over the text.

No pattern here can run over a text more than once for the same start, so a hostile page costs no more than a long one.
"""

import re
from dataclasses import dataclass, field
from html import escape, unescape
from html.entities import html5

_TARGET = r"\(\s*+(?:<([^<>\n]*)>|([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)*))(?:\s++\"[^\"]*\")?\s*+\)"
_TOKEN = re.compile(
    r"\\([!-/:-@\[-`{-~])"  # 1: a character that means itself
    r"|(`+)"  # 2
    r"|<((?:https?://|mailto:)[^\s<>]+)>"  # 3
    rf"|!\[([^\[\]]*)\]{_TARGET}"  # 4, target 5 or 6
    rf"|\[((?:[^\[\]]|\[[^\[\]]*\])*)\]{_TARGET}"  # 7, target 8 or 9
    r"|(https?://[^\s<>]+)"  # 10
    r"|(\*+|_+|~~)"  # 11
    r"|((?<! ) {2,}|\\)\n"  # 12: the line ends here for readers, too
)
_REFERENCE = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_SCHEME = re.compile(r"[^/?#]*?:")
_SAFE_SCHEMES = ("http:", "https:", "mailto:")
_TRAILING = ".,:;!?'\")*_~"  # punctuation after an address in text is not the address's
_DEEPEST = 100  # emphasis that is open at a time
_TAGS = {1: "em", 2: "strong"}


@dataclass(slots=True)
class _Run:
    """Asterisks, underscores or tildes: what is left of them, and the tags that stand for the others."""

    character: str
    count: int
    can_open: bool
    can_close: bool
    closes: list[str] = field(default_factory=list)
    opens: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "".join(self.closes) + self.character * self.count + "".join(self.opens)


def inline(text: str, *, in_link: bool = False) -> str:
    """The HTML of a paragraph's text. Links do not stand in links."""
    pieces: list[str | _Run] = []
    place = 0
    while token := _TOKEN.search(text, place):
        pieces.append(_plain(text[place : token.start()]))
        piece, place = _piece(text, token, in_link)
        pieces.append(piece)
    pieces.append(_plain(text[place:]))
    _emphasize([piece for piece in pieces if isinstance(piece, _Run)])
    return "".join(map(str, pieces))


def safe_address(address: str) -> bool:
    """Whether a link to it leads to the web, to a mailbox or to somewhere on the same site."""
    scheme = _SCHEME.match(address)
    return scheme is None or scheme[0].lower() in _SAFE_SCHEMES


def _plain(text: str) -> str:
    return escape(_decoded(text))


def _decoded(text: str) -> str:
    """With the characters that references stand for: whole ones, so that `?a&region=b` stays what it is."""
    return _REFERENCE.sub(
        lambda found: unescape(found[0]) if found[1][0] == "#" or f"{found[1]};" in html5 else found[0], text
    )


def _piece(text: str, token: re.Match[str], in_link: bool) -> tuple[str | _Run, int]:
    """What a token stands for, and where the text goes on."""
    if token[2]:
        return _code(text, token)
    if token[10] and not in_link:
        address = token[10].rstrip(_TRAILING)
        return _link(address, _plain(address)), token.start() + len(address)
    return (_run(text, token) if token[11] else _whole(token, in_link)), token.end()


def _whole(token: re.Match[str], in_link: bool) -> str:
    """What a token stands for that is taken as it is, or nothing of it."""
    made = ""
    if token[1]:
        made = escape(token[1])
    elif token[12]:
        made = "<br>\n"
    elif token[4] is not None:
        made = _image(token[4], token[5] or token[6] or "")
    elif token[3] and not in_link:
        made = _link(token[3], _plain(token[3]))
    elif token[7] is not None and not in_link:
        made = _link(token[8] or token[9] or "", inline(token[7], in_link=True))
    return made or _plain(token[0])


def _link(address: str, shown: str) -> str:
    address = _decoded(address)
    return f'<a href="{escape(address)}" rel="noopener">{shown}</a>' if safe_address(address) else ""


def _image(told: str, address: str) -> str:
    address = _decoded(address)
    return f'<img src="{escape(address)}" alt="{_plain(told)}">' if safe_address(address) else ""


def _code(text: str, token: re.Match[str]) -> tuple[str, int]:
    """Code between runs of as many backticks; without an end they mean themselves."""
    ticks = token[2]
    end = re.compile(rf"(?<!`){ticks}(?!`)").search(text, token.end())
    if end is None:
        return ticks, token.end()
    code = text[token.end() : end.start()].replace("\n", " ")
    if code.strip() and code[0] == code[-1] == " ":
        code = code[1:-1]
    return f"<code>{escape(code)}</code>", end.end()


def _run(text: str, token: re.Match[str]) -> _Run:
    before = text[token.start() - 1 : token.start()] if token.start() else " "
    after = text[token.end() : token.end() + 1] or " "
    character = token[11][0]
    opens, closes = not after.isspace(), not before.isspace()
    if character == "_":  # names_with_underscores stay as they are
        opens, closes = opens and not before.isalnum(), closes and not after.isalnum()
    return _Run(character, len(token[11]), opens, closes)


def _emphasize(runs: list[_Run]) -> None:
    """Pair what opens with what closes, the innermost first."""
    opened: list[_Run] = []
    for run in runs:
        if run.can_close:
            _close(run, opened)
        if run.count and run.can_open:
            opened.append(run)
            del opened[:-_DEEPEST]


def _close(run: _Run, opened: list[_Run]) -> None:
    while run.count:
        found = next(
            (place for place in reversed(range(len(opened))) if opened[place].character == run.character), None
        )
        if found is None:
            return
        opener = opened[found]
        width = 2 if run.count >= 2 and opener.count >= 2 else 1
        tag = "del" if run.character == "~" else _TAGS[width]
        opener.opens.insert(0, f"<{tag}>")
        run.closes.append(f"</{tag}>")
        opener.count -= width
        run.count -= width
        del opened[found + (1 if opener.count else 0) :]
