"""Which route of an HTTP API serves a request: a set of routes, a request, and the route that AWS chooses."""

import pytest

from gatewright.execute.http.routes import RouteTable
from gatewright.execute.misconfigured import Misconfigured
from gatewright.execute.plan import Integration, RoutePlan
from gatewright.values.refusal import Refusal
from tests.execute.http_stage import BACKEND, http_plan, seen
from tests.execute.stage import Scene, request

NOTHING: Integration = Misconfigured("")
# Developer guide: "Create routes for HTTP APIs", the example of routing.
GUIDE = ("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default")
STATIC = ("GET /", "GET /pets", "POST /pets", "ANY /shops", "PUT /shops", "GET /a/b/c", "GET /A")
VARIABLE = ("GET /{x}", "GET /pets/{id}", "POST /pets/{pet}", "GET /pets/{id}/toys/{toy}", "ANY /{a}/{b}/{c}/{d}/{e}")
MIXED = ("GET /a/{x}/c", "GET /a/b/{y}", "GET /{z}/b/c", "GET /a/{p+}", "ANY /a/b/c")
BACK = ("GET /a/b/c", "GET /a/{x}/d", "GET /{y}/b/e", "GET /{z+}")
GREEDY = ("GET /{all+}", "ANY /v1/{rest+}", "GET /v1/users/{rest+}", "POST /v1/users/{tail+}", "GET /v1/users/{id}")
VERBS = ("GET /x", "ANY /x", "GET /{v}", "ANY /y/{g+}", "GET /{g+}")
NAMES = ("GET /n/{one}/a", "GET /n/{two}/b", "POST /n/{three}/a", "GET /n/{four}/{five+}", "DELETE /n/{six}/{seven+}")
ONLY_DEFAULT = ("$default",)

ROWS = [
    # Developer guide.
    (GUIDE, "GET", "/pets/dog/1", "GET /pets/dog/1", {}),
    (GUIDE, "GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
    (GUIDE, "GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
    (GUIDE, "POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
    (GUIDE, "GET", "/", "ANY /{proxy+}", {"proxy": ""}),  # recorded without `$default`, which comes after greedy ones
    (GUIDE, "GET", "/pets/", "GET /pets/{proxy+}", {"proxy": ""}),
    (GUIDE, "POST", "/pets/dog/1", "ANY /{proxy+}", {"proxy": "pets/dog/1"}),
    (GUIDE, "GET", "/pets", "ANY /{proxy+}", {"proxy": "pets"}),
    (GUIDE, "GET", "/pets/dog/1/2", "GET /pets/{proxy+}", {"proxy": "dog/1/2"}),
    # Static paths.
    (STATIC, "GET", "/", "GET /", {}),
    (STATIC, "GET", "", "GET /", {}),
    (STATIC, "POST", "/", None, {}),
    (STATIC, "GET", "/pets", "GET /pets", {}),
    (STATIC, "POST", "/pets", "POST /pets", {}),
    (STATIC, "PUT", "/pets", None, {}),
    (STATIC, "HEAD", "/pets", None, {}),  # GET does not imply it
    (STATIC, "GET", "/pets/", None, {}),  # the slash counts
    (STATIC, "GET", "//pets", None, {}),
    (STATIC, "GET", "/Pets", None, {}),
    (STATIC, "GET", "/A", "GET /A", {}),
    (STATIC, "GET", "/a", None, {}),
    (STATIC, "GET", "/a/b", None, {}),
    (STATIC, "GET", "/a/b/c", "GET /a/b/c", {}),
    (STATIC, "GET", "/a/b/c/d", None, {}),
    (STATIC, "GET", "/a%2Fb/c", None, {}),  # an encoded slash splits nothing
    # A verb and ANY.
    (STATIC, "PUT", "/shops", "PUT /shops", {}),
    (STATIC, "DELETE", "/shops", "ANY /shops", {}),
    (STATIC, "OPTIONS", "/shops", "ANY /shops", {}),
    (STATIC, "HEAD", "/shops", "ANY /shops", {}),
    (STATIC, "TRACE", "/shops", None, {}),
    (VERBS, "GET", "/x", "GET /x", {}),
    (VERBS, "POST", "/x", "ANY /x", {}),
    (VERBS, "GET", "/z", "GET /{v}", {"v": "z"}),
    (VERBS, "POST", "/z", None, {}),
    (VERBS, "GET", "/y/1", "ANY /y/{g+}", {"g": "1"}),  # the more specific path, though the verb is another's
    (VERBS, "GET", "/q/1", "GET /{g+}", {"g": "q/1"}),
    # Variables.
    (VARIABLE, "GET", "/pets", "GET /{x}", {"x": "pets"}),
    (VARIABLE, "GET", "/", None, {}),  # never empty
    (VARIABLE, "GET", "/pets/1", "GET /pets/{id}", {"id": "1"}),
    (VARIABLE, "POST", "/pets/1", "POST /pets/{pet}", {"pet": "1"}),
    (VARIABLE, "GET", "/pets/", None, {}),
    (VARIABLE, "GET", "/pets/1/", None, {}),
    (VARIABLE, "GET", "/pets/1/toys/2", "GET /pets/{id}/toys/{toy}", {"id": "1", "toy": "2"}),
    (VARIABLE, "GET", "/pets/a%2Fb", "GET /pets/{id}", {"id": "a%2Fb"}),
    (VARIABLE, "GET", "/pets/a b", "GET /pets/{id}", {"id": "a b"}),
    (VARIABLE, "GET", "/pets/%7Bid%7D", "GET /pets/{id}", {"id": "%7Bid%7D"}),
    (VARIABLE, "PATCH", "/1/2/3/4/5", "ANY /{a}/{b}/{c}/{d}/{e}", {"a": "1", "b": "2", "c": "3", "d": "4", "e": "5"}),
    (VARIABLE, "PATCH", "/1/2//4/5", None, {}),
    # Static before variable, part by part; a full match before a greedy one.
    (MIXED, "GET", "/a/b/c", "ANY /a/b/c", {}),
    (MIXED, "GET", "/a/b/d", "GET /a/b/{y}", {"y": "d"}),
    (MIXED, "GET", "/a/x/c", "GET /a/{x}/c", {"x": "x"}),
    (MIXED, "GET", "/q/b/c", "GET /{z}/b/c", {"z": "q"}),
    (MIXED, "GET", "/a/q/q", "GET /a/{p+}", {"p": "q/q"}),
    (MIXED, "GET", "/a/b", "GET /a/{p+}", {"p": "b"}),
    (MIXED, "GET", "/a", None, {}),
    (MIXED, "POST", "/a/b/d", None, {}),
    (BACK, "GET", "/a/b/c", "GET /a/b/c", {}),
    (BACK, "GET", "/a/b/d", "GET /a/{x}/d", {"x": "b"}),
    (BACK, "GET", "/a/b/e", "GET /{y}/b/e", {"y": "a"}),
    (BACK, "GET", "/a/b/f", "GET /{z+}", {"z": "a/b/f"}),
    # Greedy ones: the longest literal beginning.
    (GREEDY, "GET", "/x", "GET /{all+}", {"all": "x"}),
    (GREEDY, "GET", "/v1", "GET /{all+}", {"all": "v1"}),
    (GREEDY, "GET", "/v1/x", "ANY /v1/{rest+}", {"rest": "x"}),
    (GREEDY, "GET", "/v1/users", "ANY /v1/{rest+}", {"rest": "users"}),
    (GREEDY, "GET", "/v1/users/1", "GET /v1/users/{id}", {"id": "1"}),
    (GREEDY, "GET", "/v1/users/1/2", "GET /v1/users/{rest+}", {"rest": "1/2"}),
    (GREEDY, "POST", "/v1/users/1/2", "POST /v1/users/{tail+}", {"tail": "1/2"}),
    (GREEDY, "DELETE", "/v1/users/1", "ANY /v1/{rest+}", {"rest": "users/1"}),
    (GREEDY, "DELETE", "/x", None, {}),
    (GREEDY, "GET", "/v1/users/1/", "GET /v1/users/{rest+}", {"rest": "1/"}),
    (GREEDY, "GET", "/v1/a//b/", "ANY /v1/{rest+}", {"rest": "a//b/"}),
    (GREEDY, "GET", "/v1/a%2Fb/c", "ANY /v1/{rest+}", {"rest": "a%2Fb/c"}),
    (GREEDY, "GET", "/", "GET /{all+}", {"all": ""}),
    (GREEDY, "GET", "/v1/", "ANY /v1/{rest+}", {"rest": ""}),
    (GREEDY, "GET", "/v1//", "ANY /v1/{rest+}", {"rest": "/"}),
    # Routes that name the same part differently.
    (NAMES, "GET", "/n/1/a", "GET /n/{one}/a", {"one": "1"}),
    (NAMES, "GET", "/n/1/b", "GET /n/{two}/b", {"two": "1"}),
    (NAMES, "POST", "/n/1/a", "POST /n/{three}/a", {"three": "1"}),
    (NAMES, "GET", "/n/1/c/d", "GET /n/{four}/{five+}", {"four": "1", "five": "c/d"}),
    (NAMES, "DELETE", "/n/1/c/d", "DELETE /n/{six}/{seven+}", {"six": "1", "seven": "c/d"}),
    # $default takes what nothing else does.
    (ONLY_DEFAULT, "GET", "/", "$default", {}),
    (ONLY_DEFAULT, "OPTIONS", "/a/b", "$default", {}),
    (ONLY_DEFAULT, "PROPFIND", "/a/b", "$default", {}),
    ((*STATIC, "$default"), "PUT", "/pets", "$default", {}),
    ((*STATIC, "$default"), "GET", "/pets/", "$default", {}),
    ((), "GET", "/", None, {}),
]


def table(keys: tuple[str, ...]) -> RouteTable:
    routes = []
    for key in keys:
        verb, _, path = key.partition(" ")
        routes.append(RoutePlan(verb if path else "ANY", "", path or key, NOTHING, key=key))
    return RouteTable(routes)


def chosen(keys: tuple[str, ...], verb: str, path: str) -> tuple[str | None, dict[str, str]]:
    try:
        route, values = table(keys).find(verb, path)
    except Refusal as refusal:
        assert refusal.row.status == 404
        return None, {}
    return route.key, values


@pytest.mark.parametrize(("keys", "verb", "path", "key", "values"), ROWS)
def test_which_route(keys: tuple[str, ...], verb: str, path: str, key: str | None, values: dict[str, str]):
    assert chosen(keys, verb, path) == (key, values)
    assert chosen(tuple(reversed(keys)), verb, path) == (key, values)  # whatever their order


def test_there_are_enough_rows():
    assert len(ROWS) >= 60


def test_all_routes_can_be_told():
    assert [route.key for route in table(GUIDE)] == list(GUIDE)


def test_no_route_is_404():
    answer = Scene().serve(http_plan({"GET /pets": BACKEND}), request("GET", "/absent"))
    assert seen(answer) == (404, [b"content-type: application/json\r\n"], b'{"message":"Not Found"}')
