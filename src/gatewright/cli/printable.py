"""Text of anybody's for a terminal and a log: names, paths, what a backend said."""


def printable(text: str) -> str:
    """What would end the line or move the cursor of a terminal is shown as an escape."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)
