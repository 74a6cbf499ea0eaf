"""Small Lambda packages for journeys."""

import io
import zipfile

ECHO = """
import json

def handler(event, context):
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(event)}
"""

HELLO = """
def handler(event, context):
    return {"statusCode": 200, "body": "hello " + (event["queryStringParameters"] or {}).get("name", "world")}
"""


def package(source: str, name: str = "index.py") -> bytes:
    """A zip with one file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), source)
    return buffer.getvalue()
