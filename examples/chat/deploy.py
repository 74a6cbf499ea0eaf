"""Deploys the chat sample: a DynamoDB table, a function whose role may manage connections, and a WebSocket API.

    python -m examples.chat.deploy --endpoint http://127.0.0.1:4566

It may run again at any time: what is there is kept, what has changed is renewed. It prints the address to connect to.
"""

from pathlib import Path

from examples.deployment import (
    ACCOUNT,
    REGION,
    clients_of,
    ensure_api,
    ensure_function,
    ensure_part,
    ensure_permission,
    ensure_role,
    ensure_stage,
    ensure_table,
    options_of,
    printed,
    tell,
)

API, STAGE, FUNCTION, TABLE = "chat", "prod", "Chat", "Connections"
ROUTES = ("$connect", "$disconnect", "send", "$default")
SOURCE = Path(__file__).with_name("chat.py")
MAY_KNOW = {
    "Effect": "Allow",
    "Action": ["dynamodb:PutItem", "dynamodb:GetItem", "dynamodb:DeleteItem", "dynamodb:Scan"],
    "Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}",
}
MAY_POST = {
    "Effect": "Allow",
    "Action": "execute-api:ManageConnections",
    "Resource": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/{STAGE}/POST/@connections/*",
}


def deploy(endpoint: str) -> str:
    """Bring everything to its desired state; the address of the stage."""
    clients = clients_of(endpoint)
    tell(f"table {TABLE} in DynamoDB")
    ensure_table(clients("dynamodb"), TABLE, "ConnectionId")
    tell(f"function {FUNCTION} and its role")
    ensure_role(clients("iam"), FUNCTION, MAY_KNOW, MAY_POST)
    function_arn = ensure_function(clients("lambda"), FUNCTION, SOURCE)
    tell(f"WebSocket API {API}, stage {STAGE}")
    gateway = clients("apigatewayv2")
    ensure_api(gateway, API, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function_arn}/invocations"
    integration = ensure_part(
        gateway, *("integration", API, "IntegrationUri"), IntegrationUri=uri, IntegrationType="AWS_PROXY"
    )
    for route in ROUTES:
        ensure_part(gateway, *("route", API, "RouteKey"), RouteKey=route, Target=f"integrations/{integration}")
    ensure_stage(gateway, API, STAGE)
    ensure_permission(clients("lambda"), FUNCTION, API, f"{STAGE}/*")
    return f"{endpoint.replace('http', 'ws', 1)}/_aws/execute-api/{API}/{STAGE}"


def main() -> None:
    options = options_of("Deploy the chat sample.").parse_args()
    printed(lambda: deploy(options.endpoint))


if __name__ == "__main__":
    main()
