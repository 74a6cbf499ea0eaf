"""SdkType: the kinds of clients that AWS generates, and what each must be told. `javascript` is generated here.

https://docs.aws.amazon.com/apigateway/latest/api/API_SdkType.html
"""

from typing import Any, NamedTuple

from gatewright.aws.call import Call, Handler
from gatewright.aws.errors import ServiceError
from gatewright.management.paging import POSITION
from gatewright.values.records import Document


class Property(NamedTuple):
    """What a client's generator is told."""

    name: str
    friendly_name: str
    description: str
    required: bool = True
    default: str | None = None


class SdkType(NamedTuple):
    """A kind of client."""

    friendly_name: str
    description: str
    properties: tuple[Property, ...] = ()


_PREFIX = Property("classPrefix", "Prefix", "The prefix of the names of the generated classes, such as SVC.")
_MAVEN = {
    "groupId": Property("groupId", "Group ID", "The Maven group of the generated package."),
    "artifactId": Property("artifactId", "Artifact ID", "The Maven artifact of the generated package."),
    "artifactVersion": Property("artifactVersion", "Artifact Version", "The version of the generated package."),
}
_OPTIONAL_MAVEN = tuple(property._replace(required=False) for property in _MAVEN.values())

# Which parameters are required: API reference, "GetSdk"; for ruby: developer guide, "Generate the Ruby SDK".
SDK_TYPES = {
    "android": SdkType(
        "Android",
        "A client for Android.",
        (*_MAVEN.values(), Property("invokerPackage", "Invoker package", "The Java package of the client.")),
    ),
    "java": SdkType(
        "Java SDK",
        "A client for Java.",
        (
            Property("serviceName", "Service Name", "The name that the classes of the client begin with."),
            Property("javaPackageName", "Java Package Name", "The Java package of the client."),
            *_OPTIONAL_MAVEN,
        ),
    ),
    "javascript": SdkType("JavaScript", "A client for browsers and Node."),
    "objectivec": SdkType("iOS (Objective-C)", "A client for iOS in Objective-C.", (_PREFIX,)),
    "ruby": SdkType(
        "Ruby",
        "A client for Ruby.",
        (
            Property("service.name", "Service Name", "The name of the module of the client."),
            Property("ruby.gem-name", "Gem name", "The name of the gem.", required=False),
            Property("ruby.gem-version", "Gem version", "The version of the gem.", required=False, default="0.0.1"),
        ),
    ),
    "swift": SdkType("iOS (Swift)", "A client for iOS in Swift.", (_PREFIX,)),
}


def document(id: str) -> Document:
    """The type as GetSdkType gives it."""
    found = SDK_TYPES[id]
    properties: list[dict[str, Any]] = [
        {
            "name": each.name,
            "friendlyName": each.friendly_name,
            "description": each.description,
            "required": each.required,
            "defaultValue": each.default,
        }
        for each in found.properties
    ]
    return {
        "id": id,
        "friendlyName": found.friendly_name,
        "description": found.description,
        "configurationProperties": properties,
    }


def get_sdk_type(call: Call) -> Document:
    """One type."""
    if call.input["id"] not in SDK_TYPES:
        raise ServiceError("NotFoundException", f"Invalid SDK type specified: {call.input['id']}")
    return document(call.input["id"])


def get_sdk_types(call: Call) -> Document:
    """One page of the types, by id."""
    listed = POSITION.cut(sorted(SDK_TYPES), call)
    return {"items": [document(id) for id in listed.pop("found")], **listed}


def handlers() -> dict[str, Handler]:
    """The operations on types of clients; no account has its own."""
    return {"GetSdkType": get_sdk_type, "GetSdkTypes": get_sdk_types}
