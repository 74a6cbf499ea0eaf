"""AWS_PROXY with an `integrationSubtype`: one operation of an AWS service, its parameters mapped from the request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

from gatewright.execute.plan import Integration, Source


def compile_service_integration(source: Source) -> Integration:
    """The integration of a route with the operation its subtype names. Raises InvalidEndpoint and other ValueErrors."""
    raise NotImplementedError
