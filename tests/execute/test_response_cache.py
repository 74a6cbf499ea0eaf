"""The response cache: what is cached, under which key, for how long, and that one request fills it for all."""

from typing import Any

import pytest

from gatewright.execute.caching.fills import PATIENCE
from gatewright.execute.caching.response_cache import ResponseCache
from gatewright.execute.caller import Caller, Principal
from gatewright.execute.plan import RestPlan
from gatewright.execute.rest import begin
from gatewright.execute.rest_stage import compile_rest_stage
from gatewright.values.faults import NetworkFault
from gatewright.values.request import Request
from tests.execute.cache import PROXY, SETTING, Crowd, bodies, caching, returned
from tests.execute.stage import CHOSEN_ID, MOCK, Scene, compiled, method, plan, request, shown, snapshot

FAILED = (
    504,
    [b"x-amzn-ErrorType: InternalServerErrorException\r\n", b"Content-Type: application/json\r\n"],
    b'{"message": "Network error communicating with endpoint"}',
)
KEYED = PROXY | {
    "uri": "http://backend/{id}",
    "requestParameters": {"integration.request.path.id": "method.request.path.id"},
}


def test_a_hit_is_the_response_that_was_given_before() -> None:
    scene = Scene(returned("one", 201, "X-A: b", "Content-Type: text/plain", "Date: long ago"))
    stage = caching(PROXY, accessLogSettings={"format": "$context.requestId $context.integrationLatency"})
    first, second = (shown(scene.serve(stage, request("GET", "/", CHOSEN_ID))) for _ in range(2))
    lines = [b"X-A: b\r\n", b"Content-Type: text/plain\r\n", b"x-amzn-Remapped-Date: long ago\r\n"]
    assert first == second == (201, lines, b"one")
    assert [line.split()[1] for _, line in scene.lines] == [b"3", b"-"]
    counters = stage.counters
    assert (counters.cache_hits, counters.cache_misses, counters.integration_latency.count) == (1, 1, 1)


def test_a_hit_tells_its_own_trace_and_id() -> None:
    integration = {
        "type": "HTTP",
        "uri": "http://backend/",
        "httpMethod": "GET",
        "integrationResponses": {"200": {"statusCode": "200"}},
    }
    scene, stage = Scene(returned("{}")), caching(integration)
    first, second = (scene.serve(stage, request("GET", "/", f"X-Amzn-Trace-Id: Root=1-{n:08x}-0")) for n in (1, 2))
    for response, trace in ((first, b"Root=1-00000001-0"), (second, b"Root=1-00000002-0")):
        _, lines, body = shown(response)
        assert (lines[0], body) == (b"Content-Type: application/json\r\n", b"{}")
        assert lines[1].startswith(b"X-Amzn-Trace-Id: " + trace) and len(lines) == 2
    assert first.headers[-2:] != second.headers[-2:]


@pytest.mark.parametrize(
    ("stage", "requests", "expected"),
    [
        ({}, ["GET", "GET", "HEAD", "POST", "GET"], "a a b c a"),
        ({"cacheClusterEnabled": False}, ["GET", "GET"], "a b"),
        ({"methodSettings": {}}, ["GET", "GET"], "a b"),
        ({"methodSettings": {"*/*": SETTING | {"cachingEnabled": False}}}, ["GET", "GET"], "a b"),
        ({"methodSettings": {"*/*": SETTING | {"cacheTtlInSeconds": 0}}}, ["GET", "GET"], "a b"),
        ({"methodSettings": {"*/*": SETTING, "~1/GET": {"cachingEnabled": False}}}, ["GET", "GET"], "a b"),
        ({"methodSettings": {"~1/GET": SETTING}}, ["GET", "GET"], "a a"),
        ({"methodSettings": {"~1/ANY": SETTING}}, ["GET", "GET", "POST", "POST"], "a a b c"),
        ({"methodSettings": {"*/*": SETTING, "~1/POST": SETTING}}, ["GET", "POST", "POST", "GET"], "a b b a"),
        ({"methodSettings": {"~1/POST": SETTING}}, ["GET", "GET", "POST", "POST"], "a b c c"),
    ],
)
def test_which_verbs_are_cached(stage: dict[str, Any], requests: list[str], expected: str) -> None:
    scene = Scene(*(returned(letter) for letter in "abcdef"))
    served = caching(PROXY, verb="ANY", **stage)
    assert bodies(scene, served, *(request(verb, "/") for verb in requests)) == expected.split()


def test_another_verb_of_its_own_needs_its_own_setting() -> None:
    scene = Scene(*(returned(letter) for letter in "abcdef"))
    for settings, expected in (({"*/*": SETTING}, "a b"), ({"~1/POST": SETTING}, "c c")):
        served = caching(PROXY, verb="POST", methodSettings=settings)
        assert bodies(scene, served, request("POST"), request("POST")) == expected.split()


def test_an_entry_lives_as_long_as_its_setting_says() -> None:
    scene = Scene(*(returned(letter) for letter in "abc"))
    stage = caching(PROXY, methodSettings={"*/*": SETTING | {"cacheTtlInSeconds": 10}})
    seen = []
    for passed in (0, 9, 2, 9.9, 2):
        scene.clock += passed
        seen += bodies(scene, stage, request())
    assert seen == ["a", "a", "b", "b", "c"]


IDS = ["/x?q=1", "/y?q=1", "/x?q=2", "/x?q=1&q=2", "/x"]


@pytest.mark.parametrize(
    ("integration", "requests", "expected"),
    [
        # AWS serves one response for all values of a path parameter that is not in the key.
        (KEYED, [request("GET", target) for target in IDS], "aaaaa"),
        (KEYED | {"cacheKeyParameters": ["method.request.path.id"]}, [request("GET", t) for t in IDS], "abaaa"),
        (KEYED | {"cacheKeyParameters": ["method.request.querystring.q"]}, [request("GET", t) for t in IDS], "aabcd"),
        (
            KEYED | {"cacheKeyParameters": ["method.request.multivaluequerystring.q", "method.request.path.id"]},
            [request("GET", target) for target in IDS],
            "abcde",
        ),
        # What is mapped to a parameter of the integration, and what a proxy passes on without being told to.
        (KEYED | {"cacheKeyParameters": ["integration.request.path.id"]}, [request("GET", t) for t in IDS], "abaaa"),
        (
            KEYED | {"cacheKeyParameters": ["integration.request.querystring.q"]},
            [request("GET", t) for t in IDS],
            "aabcd",
        ),
        (
            PROXY
            | {
                "cacheKeyParameters": ["integration.request.header.X"],
                "requestParameters": {"integration.request.header.X": "method.request.querystring.q"},
            },
            [request("GET", target) for target in IDS],
            "aabcd",
        ),
        (
            KEYED | {"cacheKeyParameters": ["method.request.header.X-Who"]},
            [
                request("GET", "/x", "X-Who: me"),
                request("GET", "/x", "x-who: you"),
                request("GET", "/x", "X-WHO: me"),
                request("GET", "/x"),
                request("GET", "/x", "X-Who: me", "X-Who: you"),
                request("GET", "/x", "X-Who: me,you"),
            ],
            "abacde",
        ),
        (
            KEYED | {"cacheKeyParameters": ["method.request.header.x-forwarded-for"]},
            [request("GET", "/x")._replace(source_ip=ip) for ip in ("192.0.2.1", "192.0.2.2", "192.0.2.1")],
            "aba",
        ),
    ],
)
def test_key_parameters(integration: dict[str, Any], requests: list[Request], expected: str) -> None:
    scene = Scene(*(returned(letter) for letter in "abcdef"))
    assert bodies(scene, caching(integration, "/{id}"), *requests) == list(expected)


BY_TYPE = {
    "type": "HTTP",
    "uri": "http://backend/",
    "httpMethod": "GET",
    "requestTemplates": {"application/json": "{}"},
    "integrationResponses": {
        "200": {"statusCode": "200", "responseTemplates": {"application/json": None, "text/xml": None}}
    },
}


@pytest.mark.parametrize(
    ("integration", "requests", "expected"),
    [
        # The gateway makes the response of these by itself: nobody chooses for others.
        (PROXY, [("Host: a.localhost",), ("Host: b.localhost",), ("Host: a.localhost",)], "aba"),
        (BY_TYPE, [(), ("Accept: text/xml",), ("Accept: Text/XML;q=1, a/b",), ("Accept: */*",)], "abbc"),
        (BY_TYPE, [(), ("Content-Type: x/y",), ("Content-Type: application/json,x/y",), ("Content-Type: z",)], "abbb"),
        # Nothing is chosen by these.
        (PROXY, [(), ("Accept: text/xml", "Content-Type: x/y")], "aa"),
    ],
)
def test_what_the_gateway_itself_goes_by_varies_the_key(
    integration: dict[str, Any], requests: list[tuple[str, ...]], expected: str
) -> None:
    scene = Scene(*(returned(letter) for letter in "abcd"))
    made = [request("GET", "/", *lines) for lines in requests]
    assert bodies(scene, caching(integration), *made) == list(expected)


def test_one_client_does_not_get_bytes_because_another_wants_them() -> None:
    integration = {
        "type": "HTTP",
        "uri": "http://backend/",
        "httpMethod": "GET",
        "integrationResponses": {"200": {"statusCode": "200"}},
    }
    document = snapshot({"/": {"GET": method(integration)}}, binaryMediaTypes=["image/png"])
    served = compiled(document, cacheClusterEnabled=True, methodSettings={"*/*": SETTING})
    scene = Scene(*[returned("png", 200, "Content-Type: image/png")] * 2)
    asked = [request("GET", "/", f"Accept: {kind}") for kind in ("image/png", "text/plain", "a/b", "image/png;q=1")]
    assert bodies(scene, served, *asked) == ["png", "cG5n", "cG5n", "png"]


def test_a_get_with_a_body_is_past_the_cache() -> None:
    scene = Scene(*(returned(letter) for letter in "abcd"))
    overridden = request("POST", "/", "X-HTTP-Method-Override: GET", body=b"{}")
    asked = [request("GET", "/", body=b"{}"), overridden, request(), request(), request("GET", "/", body=b"{}")]
    assert bodies(scene, caching(PROXY, verb="ANY"), *asked) == ["a", "b", "c", "c", "d"]


def test_what_callers_get_with_their_own_credentials_is_theirs() -> None:
    integration = {
        "type": "AWS",
        "uri": "arn:aws:apigateway:eu-west-1:sqs:path/1/q",
        "httpMethod": "POST",
        "credentials": "arn:aws:iam::*:user/*",
        "integrationResponses": {"200": {"statusCode": "200"}},
    }
    served = caching(integration, of_method={"authorizationType": "AWS_IAM"})
    cache = served.resources.find("GET", "/").plan.cache
    assert isinstance(cache, ResponseCache)
    keys = []
    for name in ("AKIAONE", "AKIATWO", "AKIAONE"):
        context = begin(served, request(), "/")
        context.caller = Caller(principal=Principal("123456789012", "arn", "AIDA", name, "secret"))
        keys.append(cache.rules["GET"].key.of(context))
    assert keys[0] == keys[2] != keys[1]


def test_a_key_parameter_that_cannot_be_read_lets_no_request_through() -> None:
    scene = Scene(returned("a"))
    served = caching(PROXY | {"cacheKeyParameters": ["method.request.cookie.a"]})
    assert scene.serve(served, request()).status == 500
    assert not scene.backend.sent


def test_methods_of_one_namespace_share_what_others_do_not() -> None:
    def served(*namespaces: str) -> RestPlan:
        methods = {
            f"/{path}": {"GET": method(PROXY | {"cacheNamespace": namespace})}
            for path, namespace in zip("xy", namespaces, strict=True)
        }
        return plan(methods, cacheClusterEnabled=True, methodSettings={"*/*": SETTING})

    for namespaces, expected in ((("n", "n"), ["a", "a"]), (("n", "m"), ["a", "b"])):
        scene = Scene(returned("a"), returned("b"))
        assert bodies(scene, served(*namespaces), request("GET", "/x"), request("GET", "/y")) == expected


def test_stages_deployments_and_variables_never_share() -> None:
    scene = Scene(*(returned(letter) for letter in "abcde"))
    served = [
        caching(PROXY),
        caching(PROXY, stageName="test"),
        caching(PROXY, deploymentId="dep2"),
        caching(PROXY, variables={"a": "b"}),
        caching(PROXY, cacheClusterSize="1.6"),
    ]
    seen = [bodies(scene, stage, request(), request()) for stage in (*served, *served)]
    assert seen == [[letter, letter] for letter in "abcdeabcde"]


@pytest.mark.parametrize(("shares", "expected"), [(True, "aaaa"), (False, "abba")])
def test_a_canary_uses_the_stages_cache_if_it_is_told_to(shares: bool, expected: str) -> None:
    stage = {
        "stageName": "prod",
        "deploymentId": "base",
        "cacheClusterEnabled": True,
        "methodSettings": {"*/*": SETTING},
        "canarySettings": {"percentTraffic": 50.0, "deploymentId": "base", "useStageCache": shares},
    }
    document = snapshot({"/": {"GET": method(PROXY)}})
    served = compile_rest_stage(document, stage, document, account="123456789012", region="eu-west-1")
    scene = Scene(returned("a"), returned("b"))
    seen = ""
    for scene.chance in (0.9, 0.1, 0.1, 0.9):
        seen += "".join(bodies(scene, served, request()))
    assert seen == expected


@pytest.mark.parametrize(
    ("status", "is_cached"),
    [(200, True), (204, True), (206, False), (301, False), (304, False), (404, False), (429, False), (500, False)],
)
def test_which_statuses_are_cached(status: int, is_cached: bool) -> None:
    scene = Scene(returned("", status), returned("", 200))
    stage = caching(PROXY)
    assert [scene.serve(stage, request()).status for _ in range(2)] == [status, status if is_cached else 200]


def test_the_backends_own_wishes_do_not_matter() -> None:
    scene = Scene(returned("a", 200, "Cache-Control: no-store", "Vary: *", "Expires: 0"))
    assert bodies(scene, caching(PROXY), request(), request("GET", "/", "Cache-Control: no-cache")) == ["a", "a"]


def test_a_response_of_more_than_a_megabyte_is_not_cached() -> None:
    for length, calls in ((1_048_576, 1), (1_048_577, 2)):
        scene = Scene(*[returned("x" * length)] * 2)
        assert [len(body) for body in bodies(scene, caching(PROXY), request(), request())] == [length, length]
        assert len(scene.backend.sent) == calls


def test_streams_are_not_cached() -> None:
    served = caching(PROXY | {"responseTransferMode": "STREAM"})
    found, _ = served.resources.find("GET", "/")
    assert found.cache is None


def test_clients_get_the_cached_body_in_their_own_coding() -> None:
    document = snapshot({"/": {"GET": method(PROXY)}}, minimumCompressionSize=0)
    served = compiled(document, cacheClusterEnabled=True, methodSettings={"*/*": SETTING})
    scene = Scene(returned("a" * 100))
    zipped, plain = scene.serve(served, request("GET", "/", "Accept-Encoding: gzip")), scene.serve(served, request())
    assert b"Content-Encoding: gzip\r\n" in zipped.headers and len(zipped.body) < 100
    assert b"Content-Encoding: gzip\r\n" not in plain.headers and plain.body == b"a" * 100


@pytest.mark.parametrize(
    ("accepts", "expected"),
    [
        (["gzip", "br, GZIP;q=0.1", "*", "gzip;q=0", "gzip"], ["zip", "zip", "zip", "plain", "plain"]),
        (["gzip", "", "gzip"], ["zip", "plain", "plain"]),
        (["gzip", "br;q=1", "gzip"], ["zip", "plain", "plain"]),
    ],
)
def test_nobody_gets_a_coding_of_the_backends_that_it_cannot_read(accepts: list[str], expected: list[str]) -> None:
    scene, stage = Scene(returned("zip", 200, "content-encoding: GZip"), returned("plain")), caching(PROXY)
    asked = [request("GET", "/", *([f"Accept-Encoding: {accept}"] if accept else [])) for accept in accepts]
    assert bodies(scene, stage, *asked) == expected
    crowd = Crowd()
    crowd.ask(stage, *asked[:2])
    crowd.backend.asked[0].complete(returned("zip", 200, "Content-Encoding: br"))
    assert len(crowd.responses) == (2 if "br" in accepts[1] else 1)


def test_what_is_not_valid_is_refused_before_the_cache_is_asked() -> None:
    scene = Scene(returned("a"))
    of_method = {"requestParameters": {"method.request.querystring.q": True}, "requestValidatorId": "v"}
    document = snapshot({"/": {"GET": method(PROXY, **of_method)}}) | {
        "requestValidators": [{"id": "v", "validateRequestParameters": True, "validateRequestBody": False}]
    }
    served = compiled(document, cacheClusterEnabled=True, methodSettings={"*/*": SETTING})
    statuses = [scene.serve(served, request("GET", target)).status for target in ("/?q=1", "/", "/?q=1")]
    assert statuses == [200, 400, 200]
    assert len(scene.backend.sent) == 1


def test_one_request_fills_and_the_others_wait() -> None:
    crowd, stage = Crowd(), caching(PROXY | {"cacheKeyParameters": ["method.request.querystring.q"]})
    crowd.ask(stage, *[request("GET", "/?q=1")] * 500, request("GET", "/?q=2"))
    assert (len(crowd.backend.asked), len(crowd.responses)) == (2, 0)
    crowd.backend.asked[0].complete(returned("one"))
    crowd.backend.asked[1].complete(returned("two"))
    crowd.ask(stage, request("GET", "/?q=1"))
    assert [response.body for response in crowd.responses] == [b"one"] * 500 + [b"two", b"one"]
    assert (stage.counters.cache_hits, stage.counters.cache_misses) == (500, 2)
    assert len({response.headers[-2] for response in crowd.responses}) == 502  # each has its own id
    assert not len(crowd.world.responses.fills)


def test_each_that_waited_for_a_backend_that_failed_gets_its_own_gateway_response() -> None:
    crowd, stage = Crowd(), caching(PROXY)
    crowd.ask(stage, *[request()] * 3)
    crowd.backend.asked[0].fail(NetworkFault("connect", "nothing listens"))
    assert [shown(response) for response in crowd.responses] == [FAILED] * 3
    assert len({response.headers[-2] for response in crowd.responses}) == 3
    crowd.ask(stage, request())
    crowd.backend.asked[1].complete(returned("there"))
    assert crowd.responses[-1].body == b"there"


def test_those_that_waited_for_what_is_not_cached_ask_for_themselves() -> None:
    crowd, stage = Crowd(), caching(PROXY)
    crowd.ask(stage, *[request()] * 3)
    crowd.backend.asked[0].complete(returned("no", 404))
    assert (len(crowd.backend.asked), len(crowd.responses)) == (3, 1)
    for pending in crowd.backend.asked[1:]:
        pending.complete(returned("yes"))
    assert [response.body for response in crowd.responses] == [b"no", b"yes", b"yes"]


def test_a_request_that_is_itself_at_fault_refuses_nobody_else() -> None:
    integration = PROXY | {
        "type": "HTTP",
        "passthroughBehavior": "NEVER",
        "requestTemplates": {"text/plain": "$input.body"},
    }
    integration["integrationResponses"] = {"200": {"statusCode": "200"}}
    scene, stage = Scene(returned("a")), caching(integration)
    kinds = ("a/b", "text/plain", "Text/Plain;q=1", "a/b")
    served = [scene.serve(stage, request("GET", "/", f"Content-Type: {kind}")) for kind in kinds]
    assert [response.status for response in served] == [415, 200, 200, 415]
    assert len(scene.backend.sent) == 1


def test_what_was_asked_before_the_cache_was_emptied_is_not_kept() -> None:
    crowd, stage = Crowd(), caching(PROXY)
    crowd.ask(stage, request(), request())
    flush = crowd.world.responses.flush("abcdef1234", "prod")
    with pytest.raises(StopIteration):
        flush.send(None)
    crowd.ask(stage, request())  # waits for nothing older
    crowd.backend.asked[0].complete(returned("old"))
    crowd.ask(stage, request())
    crowd.backend.asked[1].complete(returned("new"))
    crowd.ask(stage, request())
    assert [response.body for response in crowd.responses] == [b"old", b"old", b"new", b"new", b"new"]


@pytest.mark.parametrize(("order", "expected"), [((1, 0), "bbba"), ((0, 1), "aaab")])
def test_nobody_is_held_up_by_a_request_that_is_slow(order: tuple[int, int], expected: str) -> None:
    scene, stage = Scene(), caching(PROXY)
    crowd = Crowd(scene.world)
    crowd.ask(stage, request(), request())
    scene.clock += PATIENCE
    crowd.ask(stage, request(), request())
    assert len(crowd.backend.asked) == 2
    for number in order:
        crowd.backend.asked[number].complete(returned("ab"[number]))
    assert sorted(response.body.decode() for response in crowd.responses) == sorted(expected)
    crowd.ask(stage, request())
    assert crowd.responses[-1].body == b"b"  # the one asked for later


def test_one_that_fails_ends_nobody_elses_wait_while_another_is_under_way() -> None:
    scene, stage = Scene(), caching(PROXY)
    crowd = Crowd(scene.world)
    crowd.ask(stage, request(), request())
    scene.clock += PATIENCE
    crowd.ask(stage, request())
    crowd.backend.asked[0].fail(NetworkFault("timeout", "it is slow"))
    assert [response.status for response in crowd.responses] == [504]
    crowd.backend.asked[1].complete(returned("there"))
    assert [response.body for response in crowd.responses[1:]] == [b"there"] * 2
    assert not len(crowd.world.responses.fills)


def test_methods_with_metrics_count_their_own_hits() -> None:
    scene = Scene()
    stage = caching(MOCK, methodSettings={"*/*": SETTING | {"metricsEnabled": True}})
    for _ in range(3):
        scene.serve(stage, request())
    counters = stage.counters.by_method["/", "GET"]
    assert (counters.cache_hits, counters.cache_misses, stage.counters.cache_hits) == (2, 1, 2)
