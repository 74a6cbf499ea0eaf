"""The path that an HTTP API shows of a request: with its stage's name in front, unless the stage is `$default`.

Developer guide: "AWS Lambda proxy integrations for HTTP APIs" (rawPath); "Customizing HTTP API access logs".
"""

from gatewright.execute.context import RequestContext

DEFAULT_STAGE = "$default"


def raw_path(context: RequestContext) -> str:
    """As received; HTTP_PROXY backends of private integrations get it, too."""
    stage = context.plan.stage
    return context.path if stage == DEFAULT_STAGE else f"/{stage}{context.path}"
