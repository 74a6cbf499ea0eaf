"""Markdown: what its blocks and lines become, that nothing of a text becomes more than text, and how long it takes."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.languages.markdown import to_html

LINK = 'rel="noopener"'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("one\ntwo\n\nthree", "<p>one\ntwo</p>\n<p>three</p>"),
        ("# A *b*\n## C ##\n####### no", "<h2>A <em>b</em></h2>\n<h3>C</h3>\n<p>####### no</p>"),
        ("Title\n===\nLess\n---", "<h2>Title</h2>\n<h3>Less</h3>"),
        ("a\n***\nb", "<p>a</p>\n<hr>\n<p>b</p>"),
        ("**a *b*** __c__ ~~d~~", "<p><strong>a <em>b</em></strong> <strong>c</strong> <del>d</del></p>"),
        ("***both*** a_b_c 2 * 3 * 4", "<p><em><strong>both</strong></em> a_b_c 2 * 3 * 4</p>"),
        ("*open **shut** x", "<p>*open <strong>shut</strong> x</p>"),
        ("`a <b>` ``c`d`` `` ` `` `end", "<p><code>a &lt;b&gt;</code> <code>c`d</code> <code>`</code> `end</p>"),
        ("\\*a\\* &copy; &lt;i&gt; <b>", "<p>*a* © &lt;i&gt; &lt;b&gt;</p>"),
        ("a  \nb\\\nc\nd", "<p>a<br>\nb<br>\nc\nd</p>"),
        ('[a *b*](https://c/d_(e) "f")', f'<p><a href="https://c/d_(e)" {LINK}>a <em>b</em></a></p>'),
        ("[a](</b c>) [d](#e)", f'<p><a href="/b c" {LINK}>a</a> <a href="#e" {LINK}>d</a></p>'),
        ("<https://a/?b&c> <mailto:a@b>", f'<p><a href="https://a/?b&amp;c" {LINK}>https://a/?b&amp;c</a> '
         f'<a href="mailto:a@b" {LINK}>mailto:a@b</a></p>'),
        ("?a&region=b &reg; &bogus; &#66;", "<p>?a&amp;region=b ® &amp;bogus; B</p>"),
        ("[a](https://b?c&amp;region=d)", f'<p><a href="https://b?c&amp;region=d" {LINK}>a</a></p>'),
        ("(https://a/b_c.)", f'<p>(<a href="https://a/b_c" {LINK}>https://a/b_c</a>.)</p>'),
        ("![a \"b\"](https://c/d.png)", '<p><img src="https://c/d.png" alt="a &quot;b&quot;"></p>'),
        ("[![a](https://b)](https://c)", f'<p><a href="https://c" {LINK}><img src="https://b" alt="a"></a></p>'),
        ("- a\n- b\n  - c\n- [x] d\n- [ ] e",
         "<ul>\n<li>a</li>\n<li>b\n<ul>\n<li>c</li>\n</ul></li>\n<li>☑ d</li>\n<li>☐ e</li>\n</ul>"),
        ("3. a\n4. b\n\n- c", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>\n<ul>\n<li>c</li>\n</ul>'),
        ("1. a\n\n   b\n2. c", "<ol>\n<li><p>a</p>\n<p>b</p></li>\n<li><p>c</p></li>\n</ol>"),
        ("- a\nmore\n\nafter", "<ul>\n<li>a\nmore</li>\n</ul>\n<p>after</p>"),
        ("> a\n> > b\n\nc", "<blockquote>\n<p>a</p>\n<blockquote>\n<p>b</p>\n</blockquote>\n</blockquote>\n<p>c</p>"),
        ("```json\n{\"a\": <1>}\n\n```\nb", "<pre><code>{&quot;a&quot;: &lt;1&gt;}\n\n</code></pre>\n<p>b</p>"),
        ("~~~\n```\n~~~~", "<pre><code>```\n</code></pre>"),
        ("a\n\n    b\n\n      c\n\nd", "<p>a</p>\n<pre><code>b\n\n  c\n</code></pre>\n<p>d</p>"),
        ("|a|b|c|\n|-|:-:|-:|\n|1\\|2|`x`|3|4|\n|5",
         '<table>\n<tr><th>a</th><th class="center">b</th><th class="right">c</th></tr>\n'
         '<tr><td>1|2</td><td class="center"><code>x</code></td><td class="right">3</td></tr>\n'
         '<tr><td>5</td><td class="center"></td><td class="right"></td></tr>\n</table>'),
        ("a | b\nc", "<p>a | b\nc</p>"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_text(text: str, html: str) -> None:
    assert to_html(text) == html


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScript:a",
        "java&#115;cript&colon;a",
        "java&Tab;script:a",
        "&#1;javascript:a",
        "data:text/html,x",
        "vbscript:x",
        "\x01javascript:a",
        "x:y",
        "file:///etc",
    ],
)
def test_links_lead_to_the_web_only(address: str) -> None:
    for text in (f"[a]({address})", f"![a]({address})", f"[a](<{address}>)", f"<{address}>"):
        assert "href" not in to_html(text) and "src" not in to_html(text)


BLOCKS = ("h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "table", "tr", "th", "td", "hr")
TAGS = frozenset((*BLOCKS, "code", "em", "strong", "del", "a", "img", "br"))
ATTRIBUTES = frozenset({"href", "rel", "src", "alt", "start", "class"})


class Seen(HTMLParser):
    """What a browser finds: only known tags, with attributes that run nothing."""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attributes:
            assert name in ATTRIBUTES, name
            if name in ("href", "src"):
                scheme = re.match(r"[^/?#]*?:", value or "")
                assert scheme is None or scheme[0].lower() in ("http:", "https:", "mailto:"), value


MARKS = (
    "<script>",
    "&#106;",
    "&colon;",
    "&quot;",
    "**",
    "~~",
    "``",
    "](",
    "![",
    "\n\n",
    "- ",
    "1. ",
    "> ",
    "# ",
    "|-|-|",
    "```",
    "    ",
    "https://a",
)
PIECES = st.sampled_from((*"<>\"'&*_`[()\\\n|a \0é", *MARKS, "javascript:", " onerror=x"))


@given(st.lists(PIECES, max_size=60).map("".join))
def test_nothing_becomes_more_than_text(text: str) -> None:
    seen = Seen()
    seen.feed(to_html(text))
    seen.close()


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "[",
            "![a]",
            "*a ",
            "`` ` ",
            "![a](",
            "> ",
            "- ",
            '[a](b "',
            "*",
            "_a *b",
            "1. \n",
            "[[b]",
            "> \n- ",
            "- a\n",
        ),
        *("a|", "\\", " ", "\n"),
    ],
)
@pytest.mark.parametrize("start", ["", "a", "[", "[a](", "a|b\n-|-", "- a\n"])
def test_a_hostile_page_costs_what_a_long_one_does(start: str, piece: str) -> None:
    text = f"{start}{piece * (32768 // len(piece))}x"
    began = time.process_time()
    to_html(text)
    assert time.process_time() - began < 1.0
