"""What a generated client calls: a method of a deployed API under the name that AWS gives it, with its parameters.

The name is made of the words of the path and of the verb: `GET /users/{id}` is `usersIdGet`, `GET /` is `rootGet`.
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-generate-sdk-javascript.html
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from gatewright.execute.resource import ANY_VERBS

_PLACES = ("path", "querystring", "header")
_WORD = re.compile(r"[A-Za-z0-9]+")
_PLACEHOLDER = re.compile(r"\{([^{}+]+)\+?\}")


class Method(NamedTuple):
    """`parameters` holds names by place: path, querystring, header; `required` those that a call must give."""

    name: str
    verb: str
    path: str
    parameters: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]


def methods(resources: Iterable[Mapping[str, Any]]) -> Iterator[Method]:
    """The methods of a snapshot's resources, by path and verb; no two have the same name.

    ANY is one method for each verb that the resource has no method of its own for.
    """
    taken: set[str] = set()
    for resource in sorted(resources, key=lambda resource: str(resource["path"])):
        held = resource.get("resourceMethods") or {}
        verbs = ANY_VERBS if "ANY" in held else sorted(held)
        for verb in sorted({*verbs, *held} - {"ANY"}):
            name = base = method_name(resource["path"], verb)
            count = 1
            while name in taken:
                count += 1
                name = f"{base}{count}"
            taken.add(name)
            yield method_of(name, verb, resource["path"], held[verb] if verb in held else held["ANY"])


def method_name(path: str, verb: str) -> str:
    """The words of a path and a verb as one, the first in lower case."""
    words = _WORD.findall(path) or ["root"]
    joined = "".join(word[0].upper() + word[1:] for word in [*words, verb.lower()])
    return joined[0].lower() + joined[1:]


def method_of(name: str, verb: str, path: str, document: Mapping[str, Any]) -> Method:
    """A method's document under a name, as clients call it."""
    in_path = tuple(_PLACEHOLDER.findall(path))
    declared = {"path": in_path, "querystring": (), "header": ()}
    required = list(in_path)
    for parameter, needed in sorted((document.get("requestParameters") or {}).items()):
        place, _, key = parameter.removeprefix("method.request.").partition(".")
        place = place.removeprefix("multivalue")
        if place not in _PLACES or key in declared[place]:
            continue
        if place != "path":
            declared[place] += (key,)
            required += [key] if needed else []
    return Method(name, verb, path, declared, tuple(dict.fromkeys(required)))
