"""The routing table: every row is a request and the method AWS serves it with (recorded, or the developer guide's)."""

import pytest

from gatewright.execute.plan import MethodPlan
from gatewright.execute.resource import ResourceTree, verbs_served
from gatewright.values.refusal import Refusal
from tests.execute.stage import MOCK, Scene, one, request


def tree(*routes: str) -> ResourceTree:
    """Routes such as `GET /users`."""
    paths: dict[str, dict[str, MethodPlan]] = {}
    integration = one(MOCK).resources.find("GET", "/").plan.integration
    for route in routes:
        verb, path = route.split()
        paths.setdefault(path, {})[verb] = MethodPlan(verb, "id", path, integration)
    return ResourceTree(
        (path, {each: plan for verb, plan in methods.items() for each in verbs_served(verb, methods)})
        for path, methods in paths.items()
    )


def found(routes: ResourceTree, verb: str, path: str) -> tuple[str, dict[str, str]] | None:
    try:
        match = routes.find(verb, path)
    except Refusal as refusal:
        assert refusal.row.response_type == "MISSING_AUTHENTICATION_TOKEN"
        return None
    return f"{match.plan.verb} {match.plan.resource_path}", match.path_parameters


USERS = tree(
    *("GET /", "GET /users", "POST /users", "GET /users/{id}", "ANY /users/{id}/{rest+}", "GET /users/me"),
    *("OPTIONS /{proxy+}", "GET /files/{path+}", "GET /a/{x}/b", "GET /a/{x}/c/{y}", "GET /a/fixed/c"),
)


@pytest.mark.parametrize(
    ("verb", "path", "expected"),
    [
        ("GET", "", ("GET /", {})),
        ("GET", "/", ("GET /", {})),
        ("GET", "//", ("GET /", {})),
        ("GET", "/users", ("GET /users", {})),
        ("GET", "/users/", ("GET /users", {})),
        ("GET", "//users", ("GET /users", {})),
        ("GET", "/Users", None),
        ("GET", "/us%65rs", None),
        ("POST", "/users", ("POST /users", {})),
        ("HEAD", "/users", None),
        ("DELETE", "/users", None),
        ("OPTIONS", "/users", ("OPTIONS /{proxy+}", {"proxy": "users"})),
        ("OPTIONS", "/", None),
        ("GET", "/users/me", ("GET /users/me", {})),
        ("GET", "/users/7", ("GET /users/{id}", {"id": "7"})),
        ("GET", "/users/7/", ("GET /users/{id}", {"id": "7"})),
        ("GET", "/users/a%2Fb", ("GET /users/{id}", {"id": "a%2Fb"})),
        ("GET", "/users/test%2Balias@x", ("GET /users/{id}", {"id": "test%2Balias@x"})),
        ("PATCH", "/users/7/a/b", ("ANY /users/{id}/{rest+}", {"id": "7", "rest": "a/b"})),
        ("TRACE", "/users/7/a", None),
        ("GET", "/users/me/photo", ("ANY /users/{id}/{rest+}", {"id": "me", "rest": "photo"})),
        ("GET", "/files", None),
        ("GET", "/files/", None),
        ("GET", "/files/a//b/", ("GET /files/{path+}", {"path": "a//b"})),
        ("GET", "/files/proxy-value//double-slash", ("GET /files/{path+}", {"path": "proxy-value//double-slash"})),
        ("GET", "/a//b", None),
        ("GET", "/a/fixed/b", ("GET /a/{x}/b", {"x": "fixed"})),
        ("GET", "/a/fixed/c", ("GET /a/fixed/c", {})),
        ("GET", "/a/fixed/c/1", ("GET /a/{x}/c/{y}", {"x": "fixed", "y": "1"})),
    ],
)
def test_routes(verb: str, path: str, expected: object):
    assert found(USERS, verb, path) == expected


def test_the_verb_wins_over_any_on_one_resource_and_place_wins_over_verb():
    routes = tree("GET /x", "ANY /x", "POST /test", "OPTIONS /{proxy+}", "ANY /test/any")
    assert found(routes, "GET", "/x") == ("GET /x", {})
    assert found(routes, "PUT", "/x") == ("ANY /x", {})
    assert found(routes, "OPTIONS", "/test") == ("OPTIONS /{proxy+}", {"proxy": "test"})
    assert found(routes, "OPTIONS", "/test/any") == ("ANY /test/any", {})


def test_a_greedy_sibling_serves_what_the_static_branch_lacks():
    routes = tree("GET /part1", "GET /part1/known", "GET /{param+}")
    assert found(routes, "GET", "/part1/random-value") == ("GET /{param+}", {"param": "part1/random-value"})


def test_a_walk_sees_as_many_nodes_as_the_path_is_deep():
    """10,000 routes: the walk is counted, since a time would depend on the machine."""
    routes = tree(*(f"GET /r{number}/{{id}}/items/{{item}}" for number in range(10_000)))
    assert found(routes, "GET", "/r9999/1/items/2") == ("GET /r9999/{id}/items/{item}", {"id": "1", "item": "2"})
    assert len(routes._root.static) == 10_000
    assert all(len(node.static) == 0 for node in routes._root.static.values())


def test_x_http_method_override_replaces_the_verb_before_matching():
    assert Scene().serve(one(MOCK, verb="PUT"), request("POST", "/", "X-HTTP-Method-Override: PUT")).status == 200
