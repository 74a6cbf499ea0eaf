"""JSON to values and back."""

from typing import Any

import msgspec

from gatewright.languages.vtl.java_text import double_text
from gatewright.languages.vtl.values import SourceFloat


def decimal(source: str) -> float:
    """A plain float where it prints as it was written."""
    plain = float(source)
    return plain if double_text(plain) == source else SourceFloat(source)


_DECODER = msgspec.json.Decoder(float_hook=decimal)


def parse_json(text: str) -> Any:
    """The value of a JSON text. Of repeated names the last counts. Raises ValueError."""
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise ValueError(str(error)) from None
