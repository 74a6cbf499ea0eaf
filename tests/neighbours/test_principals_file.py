"""The file of principals: who is in it, what is refused at the start, and how changes of it are noticed."""

import json
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from gatewright.execute.caller import Principal
from gatewright.functions.role_session import RoleSessions
from gatewright.languages.policy import AccessRequest, Effect, decide_all
from gatewright.neighbours.embedded import EmbeddedMoto
from gatewright.neighbours.embedded_principals import EmbeddedPrincipals
from gatewright.neighbours.endpoints import Endpoints
from gatewright.neighbours.principals import NoPrincipals, principals_of
from gatewright.neighbours.principals_file import PrincipalsFile, PrincipalsFileError
from gatewright.server.sweep import Sweep
from gatewright.server.upstream import Upstream
from gatewright.values.faults import PrincipalsUnreachable

Document = dict[str, Any]
KEY: Document = {"accessKeyId": "test", "secretAccessKey": "hush-hush"}
ANN: Document = {"arn": "arn:aws:iam::123456789012:user/dev/ann", "accessKeys": [KEY]}
JOB: Document = {
    "arn": "arn:aws:sts::123456789012:assumed-role/jobs/nightly",
    "accessKeys": [KEY | {"sessionToken": "token", "expiration": "2026-01-01T00:00:00Z"}],
}
ROOT: Document = {"arn": "arn:aws:iam::123456789012:root", "accessKeys": [KEY]}
ALLOW: Document = {"Statement": {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}}


def written(path: Path, *principals: Document) -> Path:
    path.touch(0o600)
    path.write_text(json.dumps({"principals": principals}))
    return path


def run(asked: Coroutine[Any, Any, Principal | None]) -> Principal | None:
    """The answer of a coroutine that waits for nothing."""
    try:
        asked.send(None)
    except StopIteration as stop:
        found: Principal | None = stop.value
        return found
    raise AssertionError("it waits")


def one(tmp_path: Path, listed: Document, key: str = "test") -> Principal:
    found = run(PrincipalsFile(written(tmp_path / "p.json", listed)).of(key))
    assert found is not None
    return found


def test_a_user(tmp_path: Path) -> None:
    ann = one(tmp_path, ANN | {"policies": [ALLOW], "tags": {"Team": "blue"}, "organizationId": "o-1"})
    assert (ann.account, ann.arn, ann.access_key, ann.secret_key) == ("123456789012", ANN["arn"], "test", "hush-hush")
    assert (ann.session_token, ann.until, ann.role_arn, ann.bounds) == ("", None, "", ())
    assert (len(ann.policies), ann.keys, ann.organization) == (1, {"aws:principaltag/team": ("blue",)}, "o-1")
    assert ann.user_id == one(tmp_path, ANN).user_id and ann.user_id.startswith("AIDA") and len(ann.user_id) == 21
    assert one(tmp_path, ANN | {"userId": "AIDAX"}).user_id == "AIDAX"
    assert "hush-hush" not in repr(ann)


def test_the_example_of_the_guide(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "access.md").read_text()
    path = tmp_path / "p.json"
    path.write_text(guide.partition("```json\n")[2].partition("```")[0])
    ci = run(PrincipalsFile(path).of("AKIACI"))
    assert ci is not None and (ci.arn, len(ci.policies)) == ("arn:aws:iam::000000000000:user/ci", 1)


def test_a_session(tmp_path: Path) -> None:
    job = one(tmp_path, JOB | {"permissionsBoundary": ALLOW, "sessionPolicies": []})
    assert (job.session_token, job.until, job.role_arn) == (
        "token",
        1_767_225_600.0,
        "arn:aws:iam::123456789012:role/jobs",
    )
    assert job.user_id.startswith("AROA") and job.user_id.endswith(":nightly")
    assert [len(bound) for bound in job.bounds] == [1, 0]  # session policies that allow nothing
    # Policies that shut out who has no second factor, or began before a moment, count.
    assert job.keys == {"aws:multifactorauthpresent": ("false",), "aws:tokenissuetime": ("1970-01-01T00:00:00Z",)}
    path = "arn:aws:iam::123456789012:role/night/jobs"
    assert one(tmp_path, JOB | {"roleArn": path}).role_arn == path


@pytest.mark.parametrize(
    ("arn", "user_id"),
    [
        (ROOT["arn"], "123456789012"),
        ("arn:aws:sts::123456789012:federated-user/guest", "123456789012:guest"),
    ],
)
def test_other_principals(tmp_path: Path, arn: str, user_id: str) -> None:
    found = one(tmp_path, {"arn": arn, "accessKeys": [KEY]})
    assert (found.account, found.user_id, found.role_arn) == ("123456789012", user_id, "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is no file of principals"),
        ("[]", "is no file of principals"),
        ('{"principals": [{}]}', "missing required field `arn`"),
        (json.dumps({"principals": [ANN | {"policy": ALLOW}]}), "unknown field `policy`"),
        (json.dumps({"principals": [ANN | {"arn": "arn:aws:iam::1:user/x"}]}), "principal 1.*its arn is not"),
        (json.dumps({"principals": [ANN | {"arn": "arn:aws:iam::123456789012:role/x"}]}), "its arn is not"),
        (json.dumps({"principals": [ANN | {"policies": [{"Statement": {"Effect": "Maybe"}}]}]}), "a policy of it"),
        ('{"principals":\n[],}', "line 2 column [34]"),
        ('{"principals": [], "principals": []}', "an object has 'principals' twice"),
        ('{"principals": [NaN]}', "NaN is no number"),
        ('{"principals": ' + "[" * 100_000, "is no file of principals"),
        (json.dumps({"principals": [ROOT | {"policies": [ALLOW]}]}), "root user may do everything"),
        (json.dumps({"principals": [ANN | {"roleArn": "arn:aws:iam::123456789012:role/x"}]}), "its roleArn is not"),
        (json.dumps({"principals": [JOB | {"roleArn": "arn:aws:iam::1:role/jobs"}]}), "its roleArn is not"),
        (json.dumps({"principals": [ANN, ANN]}), "principal 2.*stands there twice"),
        (json.dumps({"principals": [ANN | {"accessKeys": [KEY | {"secretAccessKey": ""}]}]}), "needs an accessKeyId"),
        (json.dumps({"principals": [ANN | {"accessKeys": [KEY | {"expiration": "2026-01-01"}]}]}), "RFC3339"),
    ],
)
def test_what_is_refused_at_the_start(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "p.json"
    path.write_text(text)
    with pytest.raises(PrincipalsFileError, match=reason) as refused:
        PrincipalsFile(path)
    assert "hush-hush" not in str(refused.value)


def test_a_change_is_noticed_and_what_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    path = written(tmp_path / "p.json", ANN)
    principals = PrincipalsFile(path)
    assert run(principals.of("test")) is not None
    assert run(principals.of("AKIAOTHER")) is None
    later = written(tmp_path / "new.json", ANN | {"accessKeys": [KEY | {"accessKeyId": "AKIAOTHER"}]})
    os.replace(later, path)
    assert (run(principals.of("test")), run(principals.of("AKIAOTHER")) is None) == (None, False)
    path.write_text("{")
    for _ in range(2):
        with pytest.raises(PrincipalsUnreachable, match="no file of principals"):
            run(principals.of("AKIAOTHER"))
    path.unlink()
    with pytest.raises(PrincipalsUnreachable, match="cannot be read"):
        run(principals.of("AKIAOTHER"))
    written(path, ANN)
    assert run(principals.of("test")) is not None
    os.utime(path, (1.0, 1.0))
    assert run(principals.of("test")) is not None
    os.replace(path, later)
    with pytest.raises(PrincipalsUnreachable, match="cannot be read"):
        run(principals.of("test"))
    os.replace(later, path)
    assert run(principals.of("test")) is not None


def test_the_root_user_may_do_everything(tmp_path: Path) -> None:
    root = one(tmp_path, ROOT)
    asked = AccessRequest("execute-api:Invoke", "arn:aws:execute-api:eu-west-1:123456789012:a/b/GET/", None, root.keys)
    assert decide_all(root.policies, root.bounds, asked) is Effect.ALLOW


def test_changes_within_one_tick_of_the_clock_are_noticed(tmp_path: Path) -> None:
    path = written(tmp_path / "p.json", ANN)
    principals, found = PrincipalsFile(path), path.stat()
    written(path, ANN | {"accessKeys": [KEY | {"accessKeyId": "tost"}]})
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert run(principals.of("test")) is None


def test_a_file_that_others_may_read_is_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = written(tmp_path / "p.json", ANN)
    for mode, told in ((0o600, 0), (0o640, 0), (0o644, 1), (0o660, 2)):
        path.chmod(mode)
        PrincipalsFile(path)
        assert len(caplog.messages) == told


def test_a_policy_is_compiled_once(tmp_path: Path) -> None:
    path = written(tmp_path / "p.json", ANN | {"policies": [ALLOW]})
    principals = PrincipalsFile(path)
    first = run(principals.of("test"))
    bob = {"arn": "arn:aws:iam::123456789012:user/bob", "accessKeys": [KEY | {"accessKeyId": "AKIABOB"}]}
    written(path, ANN | {"policies": [ALLOW]}, bob | {"policies": [ALLOW]})
    again, other = run(principals.of("test")), run(principals.of("AKIABOB"))
    assert first and again and other and first.policies[0] is again.policies[0] is other.policies[0]


def test_who_decides(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    moto = EmbeddedMoto(tmp_path, tmp_path / "log", "")
    embedded = EmbeddedPrincipals(moto, Upstream(Sweep()), lambda: now[0], RoleSessions())

    def chosen(path: Path | None, **endpoints: str) -> object:
        return principals_of(path, Endpoints(endpoints), embedded, lambda: now[0])

    assert isinstance(chosen(None), EmbeddedPrincipals)
    assert isinstance(chosen(None, dynamodb="aws"), EmbeddedPrincipals)
    assert isinstance(chosen(written(tmp_path / "p.json", ANN), iam="aws"), PrincipalsFile)
    for elsewhere in ({"iam": "aws"}, {"sts": "http://127.0.0.1:5000"}):
        assert isinstance(chosen(None, **elsewhere), NoPrincipals)
    nobody = chosen(None, **{"": "aws"})
    assert isinstance(nobody, NoPrincipals)
    for now[0], told in ((0.0, 1), (59.0, 1), (60.0, 2)):
        with pytest.raises(PrincipalsUnreachable, match="GATEWRIGHT_PRINCIPALS"):
            run(nobody.of("test"))
        assert len(caplog.messages) == told
