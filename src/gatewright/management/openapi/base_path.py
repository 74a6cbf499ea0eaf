"""What becomes of a definition's base path: `ignore` it, `prepend` it to every path, or `split` off its first part.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-basePath.html
"""

MODES = ("ignore", "prepend", "split")


def prefix(mode: str, base_path: str) -> list[str]:
    """The parts that come before every path."""
    parts = [part for part in base_path.split("/") if part]
    if mode == "prepend":
        return parts
    return parts[1:] if mode == "split" else []
