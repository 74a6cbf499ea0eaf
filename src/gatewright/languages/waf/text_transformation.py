"""Text transformations: how a rule undoes what attackers do to disguise a text, before it looks at it.

A text is bytes, each shown as the character of its number. AWS describes what each does, in the developer guide of
AWS WAF under "Using text transformations"; where that leaves something open, they do what the functions of the same
names do in ModSecurity's reference manual.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from gatewright.languages.waf.document import WebAclError, number, only, word

Transform = Callable[[str], str]
# All that a rule asks for; it tells in tenths of microseconds how much work it is about to do.
Transforms = Callable[[str, Callable[[int], None]], str]

_CHARACTER = 4  # tenths of microseconds at most
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_PERCENT_UNI = re.compile(r"%(?:u([0-9A-Fa-f]{4})|([0-9A-Fa-f]{2}))", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[xX]0*([0-9A-Fa-f]{1,7})|#0*([0-9]{1,8})|(quot|nbsp|lt|gt|amp));?", re.IGNORECASE)
_ENTITIES = {"quot": '"', "nbsp": "\xa0", "lt": "<", "gt": ">", "amp": "&"}
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([0-7]{1,3})|([abfnrtv\\?'\"]))")
_ESCAPED = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_JS = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-3]?[0-7]{1,2})|(.))", re.DOTALL)
_CSS = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})[ \t\n\f\r\v]?|\n|(.)|$)", re.DOTALL)
_SQL_HEX = re.compile(r"0x((?:[0-9A-Fa-f]{2})+)", re.IGNORECASE)
_COMMENT = re.compile(r"/\*(?:.*?\*/|.*\Z)", re.DOTALL)
_SPACES = re.compile(r"[ \f\t\n\r\v\xa0]+")


def compile_transformations(documents: Iterable[Any]) -> Transforms | None:
    """TextTransformations, by priority, as one function; None when they change nothing. Raises WebAclError."""
    found: list[tuple[int, Transform | None]] = []
    for document in documents:
        given = only(document, "Priority", "Type", of="a text transformation")
        name = word(given, "Type", *TRANSFORMATIONS)
        found.append((number(given, "Priority", 0, 2**31), TRANSFORMATIONS[name]))
    if not found:
        raise WebAclError("TextTransformations is missing")
    if len({priority for priority, _ in found}) < len(found):
        raise WebAclError("two text transformations have one Priority")
    steps = [step for _, step in sorted(found, key=lambda one: one[0]) if step is not None]
    return partial(_all, steps) if steps else None


def _all(steps: Iterable[Transform], text: str, spend: Callable[[int], None]) -> str:
    for step in steps:
        spend(len(text) * _CHARACTER)
        text = step(text)
    return text


def _base64(text: str) -> str:
    """Text that is no base64 stays as it is, from where it is none."""
    valid = _NOT_BASE64.split(text, maxsplit=1)[0]
    return _decoded(valid) if valid else text


def _base64_ext(text: str) -> str:
    return _decoded(_NOT_BASE64.sub("", text))


def _decoded(letters: str) -> str:
    if len(letters) % 4 == 1:
        letters = letters[:-1]
    return base64.b64decode(letters + "=" * (-len(letters) % 4)).decode("latin-1")


def _cmd_line(text: str) -> str:
    text = re.sub(r"[\\\"'^]", "", text)
    text = re.sub(r"[ \t\n\r\f\v,;]+", " ", text)
    return re.sub(r" (?=[/(])", "", text).translate(_TO_LOWER)


def _compress_white_space(text: str) -> str:
    return _SPACES.sub(" ", text)


def _css(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1]:
            return _low_byte(int(found[1][-4:], 16))
        return found[2] or ""

    return _CSS.sub(one, text)


def _escape_seq(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1]:
            return chr(int(found[1], 16))
        return chr(int(found[2], 8) & 0xFF) if found[2] else _ESCAPED.get(found[3], found[3])

    return _ESCAPE.sub(one, text)


def _hex(text: str) -> str:
    """Pairs of hexadecimal digits to bytes; anything else is no hexadecimal text."""
    try:
        return binascii.unhexlify(text.encode("latin-1")).decode("latin-1")
    except binascii.Error:
        return text


def _html_entity(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[3]:
            return _ENTITIES[found[3].lower()]
        code = int(found[1], 16) if found[1] else int(found[2])
        return chr(code) if code < 0x100 else chr(code).encode().decode("latin-1") if _is_character(code) else found[0]

    return _ENTITY.sub(one, text)


def _js(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        if found[1]:
            return _low_byte(int(found[1], 16))
        if found[2]:
            return chr(int(found[2], 16))
        return chr(int(found[3], 8)) if found[3] else _ESCAPED.get(found[4], found[4])

    return _JS.sub(one, text)


def _low_byte(code: int) -> str:
    """The lower byte; one of the full-width forms of ASCII is that letter of ASCII."""
    return chr(code - 0xFEE0) if 0xFF01 <= code <= 0xFF5E else chr(code & 0xFF)


def _is_character(code: int) -> bool:
    return code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF


def _normalized_path(text: str) -> str:
    """Without `//`, `/./` and what `/../` takes back, but for what leads above the beginning."""
    kept: list[str] = []
    parts = text.split("/")
    for part in parts:
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part not in ("", "."):
            kept.append(part)
    begin = "/" if text.startswith("/") else ""
    end = "/" if kept and parts[-1] in ("", ".", "..") and kept[-1] != ".." else ""
    return begin + "/".join(kept) + end


def _sql_hex(text: str) -> str:
    return _SQL_HEX.sub(lambda found: bytes.fromhex(found[1]).decode("latin-1"), text)


def _url(text: str) -> str:
    return _PERCENT.sub(lambda found: chr(int(found[1], 16)), text.replace("+", " "))


def _url_uni(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        return _low_byte(int(found[1], 16)) if found[1] else chr(int(found[2], 16))

    return _PERCENT_UNI.sub(one, text.replace("+", " "))


def _utf8_to_unicode(text: str) -> str:
    """Characters beyond ASCII as %uHHHH; bytes that are no UTF-8 stay."""
    decoded = text.encode("latin-1").decode("utf-8", "surrogateescape")
    return "".join(_as_unicode(character) for character in decoded)


def _as_unicode(character: str) -> str:
    code = ord(character)
    if code < 0x80:
        return character
    return chr(code - 0xDC00) if 0xDC80 <= code <= 0xDCFF else f"%u{code:04x}"


def _digest(name: str, text: str) -> str:
    return hashlib.new(name, text.encode("latin-1"), usedforsecurity=False).digest().decode("latin-1")


_TO_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_TO_UPPER = {code + 32: code for code in range(ord("A"), ord("Z") + 1)}
_BLANK = " \t\n\r\f\v"
# None leaves a text as it is. CMD_LINE_UNIX, CMD_LINE_WIN and JS_DECODE_EXT are not described by AWS.
TRANSFORMATIONS: Mapping[str, Transform | None] = {
    "NONE": None,
    "BASE64_DECODE": _base64,
    "BASE64_DECODE_EXT": _base64_ext,
    "CMD_LINE": _cmd_line,
    "COMPRESS_WHITE_SPACE": _compress_white_space,
    "CSS_DECODE": _css,
    "ESCAPE_SEQ_DECODE": _escape_seq,
    "HEX_DECODE": _hex,
    "HTML_ENTITY_DECODE": _html_entity,
    "JS_DECODE": _js,
    "LOWERCASE": lambda text: text.translate(_TO_LOWER),
    "MD5": partial(_digest, "md5"),
    "NORMALIZE_PATH": _normalized_path,
    "NORMALIZE_PATH_WIN": lambda text: _normalized_path(text.replace("\\", "/")),
    "REMOVE_NULLS": lambda text: text.replace("\0", ""),
    "REMOVE_WHITESPACE": lambda text: _SPACES.sub("", text),
    "REPLACE_COMMENTS": lambda text: _COMMENT.sub(" ", text),
    "REPLACE_NULLS": lambda text: text.replace("\0", " "),
    "SHA256": partial(_digest, "sha256"),
    "SQL_HEX_DECODE": _sql_hex,
    "TRIM": lambda text: text.strip(_BLANK),
    "TRIM_LEFT": lambda text: text.lstrip(_BLANK),
    "TRIM_RIGHT": lambda text: text.rstrip(_BLANK),
    "UPPERCASE": lambda text: text.translate(_TO_UPPER),
    "URL_DECODE": _url,
    "URL_DECODE_UNI": _url_uni,
    "UTF8_TO_UNICODE": _utf8_to_unicode,
}
