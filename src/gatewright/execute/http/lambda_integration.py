"""AWS_PROXY with a Lambda function, of an HTTP API: the request as an event, the function's result as the response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from gatewright.execute.plan import Integration, Source


def compile_http_lambda(source: Source) -> Integration:
    """The integration of a route, of payload format 1.0 or 2.0. Raises InvalidEndpoint and other ValueErrors."""
    raise NotImplementedError
