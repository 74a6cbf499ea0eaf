"""What each text transformation makes of a text, as AWS describes it."""

import hashlib
import random

import pytest

from gatewright.languages.waf.document import WebAclError
from gatewright.languages.waf.text_transformation import TRANSFORMATIONS, compile_transformations

MADE = {
    "BASE64_DECODE": [("PHNjcmlwdD4=", "<script>"), ("PHNjcmlwdD4", "<script>"), ("!", "!")],
    "BASE64_DECODE_EXT": [("PHNj-cmlw dD4=", "<script>")],
    "CMD_LINE": [('C^M"D  /c , RM;\t(x', "cmd/c rm(x")],
    "COMPRESS_WHITE_SPACE": [("a\t\n\x0b\xa0 b  c", "a b c")],
    "CSS_DECODE": [("ja\\vascript\\3a x", "javascript:x"), ("\\00ff1c b", "<b")],
    "ESCAPE_SEQ_DECODE": [("a\\tb\\x41\\101\\?\\q", "a\tbAA?\\q")],
    "HEX_DECODE": [("3c733e", "<s>"), ("3c7", "3c7"), ("zz", "zz")],
    "HTML_ENTITY_DECODE": [("&lt;s&gt;&quot;&nbsp;&#x41;&#66&#99999999;&#x000000003c;", '<s>"\xa0AB&#99999999;<')],
    "JS_DECODE": [("\\u0041\\uff1c\\x42\\103\\n\\q", "A<BC\nq")],
    "LOWERCASE": [("A\xc9z", "a\xc9z")],
    "MD5": [("abc", hashlib.md5(b"abc", usedforsecurity=False).digest().decode("latin-1"))],
    "NONE": [("A%20", "A%20")],
    "NORMALIZE_PATH": [
        ("/a/./b//../c", "/a/c"),
        ("../../x/..", "../.."),
        ("/a/b/", "/a/b/"),
        ("", ""),
        ("/..", "/.."),
    ],
    "NORMALIZE_PATH_WIN": [("\\a\\..\\b", "/b")],
    "REMOVE_NULLS": [("a\0b", "ab")],
    "REMOVE_WHITESPACE": [(" a \t b", "ab")],
    "REPLACE_COMMENTS": [("un/**/ion/* x", "un ion "), ("*/a", "*/a")],
    "REPLACE_NULLS": [("a\0b", "a b")],
    "SHA256": [("abc", hashlib.sha256(b"abc").digest().decode("latin-1"))],
    "SQL_HEX_DECODE": [("x=0x414243", "x=ABC"), ("0x4", "0x4")],
    "TRIM": [(" a ", "a")],
    "TRIM_LEFT": [(" a ", "a ")],
    "TRIM_RIGHT": [(" a ", " a")],
    "UPPERCASE": [("a\xe9Z", "A\xe9Z")],
    "URL_DECODE": [("%3Cs%3e+%zz%", "<s> %zz%"), ("%253C", "%3C")],
    "URL_DECODE_UNI": [("%u003c%uff41%41", "<aA")],
    "UTF8_TO_UNICODE": [("\xc3\xa9a\xff", "%u00e9a\xff")],
}


def step(kind: str, priority: int = 0) -> dict[str, object]:
    return {"Priority": priority, "Type": kind}


def spend(_: int) -> None:
    """Any effort is allowed."""


def test_each_has_its_example():
    assert set(MADE) == set(TRANSFORMATIONS)


@pytest.mark.parametrize(("kind", "given", "made"), [(kind, *one) for kind, pairs in MADE.items() for one in pairs])
def test_one(kind: str, given: str, made: str):
    transform = compile_transformations([step(kind)])
    assert (transform(given, spend) if transform else given) == made


def test_they_go_by_their_priority():
    transform = compile_transformations([step("LOWERCASE", 9), step("URL_DECODE", 1), step("HTML_ENTITY_DECODE", 5)])
    assert transform and transform("%26LT%3BS", spend) == "<s"


@pytest.mark.parametrize(
    ("documents", "why"),
    [
        ([], "TextTransformations is missing"),
        ([step("ROT13")], "Type is 'ROT13', not one of"),
        ([step("CMD_LINE_UNIX")], "Type is 'CMD_LINE_UNIX', not one of"),
        ([step("NONE"), step("LOWERCASE")], "two text transformations have one Priority"),
        ([{"Type": "NONE"}], "Priority is not a number"),
        ([step("NONE") | {"Extra": 1}], "Extra of a text transformation is not supported"),
    ],
)
def test_what_is_malformed_is_refused(documents: list[object], why: str):
    with pytest.raises(WebAclError, match=why):
        compile_transformations(documents)


def test_no_text_is_too_odd_for_any():
    made = random.Random(7)
    pieces = [
        "\\",
        "%",
        "&#",
        "&#x",
        "u",
        "x",
        "0x",
        "41",
        "/*",
        "*/",
        "/",
        "..",
        "\0",
        "+",
        "=",
        " ",
        ";",
        "\xff",
        "e",
        "9",
    ]
    for _ in range(300):
        text = "".join(made.choices(pieces, k=made.randrange(12)))
        for kind, transform in TRANSFORMATIONS.items():
            assert all(ord(one) < 0x100 for one in (transform(text) if transform else text)), (kind, text)
