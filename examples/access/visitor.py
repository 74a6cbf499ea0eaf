"""A Lambda authorizer: a token is the name of who comes, and `eve` may not."""


def handler(event: dict[str, str], context: object) -> dict[str, object]:
    effect = "Deny" if event["authorizationToken"] == "eve" else "Allow"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    return {
        "principalId": event["authorizationToken"],
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"floor": 2},
    }
