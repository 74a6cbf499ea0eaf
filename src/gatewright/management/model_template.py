"""The mapping template that GetModelTemplate makes of a model: a skeleton that copies what the model describes.

It reads the input as the model itself, so that only names have to be changed where the two differ.
Developer guide: "Models and mapping templates", the generated templates there.
"""

from typing import Any

DEEPEST = 20  # levels of a model that the skeleton follows; a model may contain itself
LONGEST = 100_000  # characters


class _TooLarge(Exception):
    """The skeleton would be longer than anyone reads."""


class _Skeleton:
    """Writes one template. Loop variables are named `elem`, with a number where loops are inside each other."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._left = LONGEST

    def value(self, schema: Any, path: str, indent: str, depth: int) -> str:
        """What writes the value at `path`."""
        schema = self._resolved(schema)
        if depth > DEEPEST:
            return "{}"
        if isinstance(schema, dict):
            if isinstance(schema.get("properties"), dict) or schema.get("type") == "object":
                return self._object(schema.get("properties") or {}, path, indent, depth)
            if isinstance(schema.get("items"), dict) or schema.get("type") == "array":
                return self._array(schema.get("items") or {}, path, indent, depth)
            if schema.get("type") in ("number", "integer", "boolean"):
                return self._counted(path)
        return self._counted(f'"{path}"')

    def _object(self, properties: Any, path: str, indent: str, depth: int) -> str:
        if not isinstance(properties, dict) or not properties:
            return "{}"
        inner = indent + "  "
        lines = [
            self._counted(f'{inner}"{name}" : ') + self.value(schema, f"{path}.{name}", inner, depth + 1)
            for name, schema in properties.items()
        ]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"

    def _array(self, items: Any, path: str, indent: str, depth: int) -> str:
        inner = indent + "  "
        name = "elem" if depth == 0 else f"elem{depth}"
        body = self.value(items, f"${name}", inner, depth + 1)
        return (
            f"[\n{indent}#foreach(${name} in {path})\n{inner}{body}#if($foreach.hasNext),#end\n{indent}#end\n{indent}]"
        )

    def _counted(self, piece: str) -> str:
        self._left -= len(piece)
        if self._left < 0:
            raise _TooLarge
        return piece

    def _resolved(self, schema: Any) -> Any:
        for _ in range(DEEPEST):
            reference = schema.get("$ref") if isinstance(schema, dict) else None
            if not isinstance(reference, str) or not reference.startswith("#"):
                return schema
            schema = self._root
            for name in reference[1:].split("/")[1:]:
                schema = schema.get(name) if isinstance(schema, dict) else None
        return None


def model_template(schema: Any) -> str:
    """The template for a schema whose references are inside it. A model too large to copy gives only the first line."""
    start = "#set($inputRoot = $input.path('$'))\n"
    try:
        return start + _Skeleton(schema).value(schema, "$inputRoot", "", 0)
    except _TooLarge:
        return start + "{}"
