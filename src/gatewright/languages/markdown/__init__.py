"""Markdown: text to HTML that is safe by how it is made.

Whatever the text says is escaped; the tags are this language's own, and links lead to the web or nowhere else. What
GitHub's Markdown has is there: headings, lists, tables, quotes, code, emphasis, links, images; but raw HTML, which is
shown as text. https://github.github.com/gfm/
"""

from gatewright.languages.markdown.blocks import to_html

__all__ = ["to_html"]
