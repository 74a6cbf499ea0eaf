"""Deploys the todo sample: a user pool, a DynamoDB table, a function, and an HTTP API with a JWT authorizer and CORS.

    python -m examples.todo.deploy --endpoint http://127.0.0.1:4566

It may run again at any time: what is there is kept, what has changed is renewed. It prints the address at which the
page calls the API; for another origin than --origin browsers will not let it.
"""

import contextlib
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

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
    find,
    options_of,
    printed,
    tell,
)

API, FUNCTION, TABLE, POOL = "todo", "Todo", "Todos", "todo"
USERS, PASSWORD = ("ann", "bob"), "Secret-1234"
ROUTES = ("GET /todos", "POST /todos", "PUT /todos/{id}", "DELETE /todos/{id}")
SOURCE = Path(__file__).with_name("todo.py")
MAY = {
    "Effect": "Allow",
    "Action": ["dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
    "Resource": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLE}",
}


def deploy(endpoint: str, origin: str) -> str:
    """Bring everything to its desired state; the page's address at `origin`, with what it must know to call."""
    clients = clients_of(endpoint)
    tell(f"user pool {POOL} with {' and '.join(USERS)}")
    pool, client = ensure_pool(clients("cognito-idp"))
    tell(f"table {TABLE} in DynamoDB")
    ensure_table(clients("dynamodb"), TABLE, "Owner", "Id")
    tell(f"function {FUNCTION} and its role")
    ensure_role(clients("iam"), FUNCTION, MAY)
    function_arn = ensure_function(clients("lambda"), FUNCTION, SOURCE)
    tell(f"HTTP API {API} for pages of {origin}")
    gateway = clients("apigatewayv2")
    ensure_api(gateway, API, ProtocolType="HTTP", CorsConfiguration=cors(origin))
    ensure_stage(gateway, API, "$default")
    issuer = f"https://cognito-idp.{REGION}.amazonaws.com/{pool}"
    ensure_routes(gateway, function_arn, {"Issuer": issuer, "Audience": [client]})
    ensure_permission(clients("lambda"), FUNCTION, API, "*/*/todos*")
    known = {"api": f"{endpoint}/_aws/execute-api/{API}", "cognito": endpoint, "client": client}
    return f"{origin}/page.html#{urlencode(known, safe=':/')}"


def ensure_pool(cognito: Any) -> tuple[str, str]:
    """The ids of a user pool and of its client for pages, which sign in with a password; with its users."""
    present = find(cognito, "list_user_pools", "Name", POOL, MaxResults=60)
    pool = present["Id"] if present else cognito.create_user_pool(PoolName=POOL)["UserPool"]["Id"]
    client = find(cognito, "list_user_pool_clients", "ClientName", "page", UserPoolId=pool)
    if client is None:
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="page", ExplicitAuthFlows=flows)
        client = made["UserPoolClient"]
    for user in USERS:
        with contextlib.suppress(cognito.exceptions.UsernameExistsException):
            cognito.admin_create_user(UserPoolId=pool, Username=user, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(UserPoolId=pool, Username=user, Password=PASSWORD, Permanent=True)
    return str(pool), str(client["ClientId"])


def cors(origin: str) -> dict[str, Any]:
    return {
        "AllowOrigins": [origin],
        "AllowMethods": ["GET", "POST", "PUT", "DELETE"],
        "AllowHeaders": ["authorization", "content-type"],
        "MaxAge": 600,
    }


def ensure_routes(gateway: Any, function_arn: str, issuer: dict[str, Any]) -> None:
    """All routes on the function, for bearers of the issuer's tokens."""
    integration = ensure_part(
        gateway,
        *("integration", API, "IntegrationUri"),
        IntegrationUri=function_arn,
        IntegrationType="AWS_PROXY",
        PayloadFormatVersion="2.0",
    )
    authorizer = ensure_part(
        gateway,
        *("authorizer", API, "Name"),
        Name="pool",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration=issuer,
    )
    for route in ROUTES:
        ensure_part(
            gateway,
            *("route", API, "RouteKey"),
            RouteKey=route,
            Target=f"integrations/{integration}",
            AuthorizationType="JWT",
            AuthorizerId=authorizer,
        )


def main() -> None:
    options = options_of("Deploy the todo sample.")
    options.add_argument("--origin", default="http://localhost:8000", help="where the page will be served")
    given = options.parse_args()
    printed(lambda: deploy(given.endpoint, given.origin))


if __name__ == "__main__":
    main()
