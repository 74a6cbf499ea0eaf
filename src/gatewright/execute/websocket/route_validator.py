"""What a route asks of an event before its integration is called: parameters of the handshake, and a model of the
message that a selection expression picks.

An expression that picks no model, where there is no `$default` one, refuses the message. Developer guide: "Request
validation for WebSocket APIs in API Gateway".
"""

from collections.abc import Callable, Iterator, Mapping

from gatewright.execute.model import Validate
from gatewright.execute.plan import Document
from gatewright.execute.request_validator import Models, compile_required_parameters
from gatewright.execute.selection import compile_request_selection
from gatewright.execute.websocket.error import BAD_MESSAGE
from gatewright.execute.websocket.event_context import WebSocketContext
from gatewright.values.refusal import refuse

Check = Callable[[WebSocketContext], None]
_DEFAULT = "$default"


def compile_route_validator(route: Document, models: Models) -> Check | None:
    """What refuses the events that a route finds wanting, None when it has nothing to do. The check raises Refusal.

    Raises ModelError and SelectionExpressionError, both ValueErrors."""
    checks = tuple(_checks(route, models))
    if len(checks) < 2:
        return checks[0] if checks else None

    def check(context: WebSocketContext) -> None:
        for each in checks:
            each(context)

    return check


def _checks(route: Document, models: Models) -> Iterator[Check]:
    given: Mapping[str, Document] = route.get("requestParameters") or {}
    # The same names as a method's: route.request.header.x
    required = {f"method.{name.removeprefix('route.')}": bool(rule.get("required")) for name, rule in given.items()}
    parameters = compile_required_parameters(required)
    if parameters is not None:
        yield parameters
    expression = route.get("modelSelectionExpression")
    if expression:
        names: Mapping[str, str] = route.get("requestModels") or {}
        by_key = {key: models.validate(name) for key, name in names.items()}
        yield _model(compile_request_selection(expression), by_key)


def _model(select: Callable[[WebSocketContext], str], by_key: Mapping[str, Validate | None]) -> Check:
    def check(context: WebSocketContext) -> None:
        if context.event_type != "MESSAGE":
            return
        key = select(context)
        if key not in by_key:
            key = _DEFAULT
        if key not in by_key:
            context.validation_error = "no model is selected, and there is no $default one"
            refuse(BAD_MESSAGE, cause=context.validation_error)
        validate = by_key[key]
        errors = validate(context.request.body) if validate is not None else None
        if errors is not None:
            context.validation_error = errors
            refuse(BAD_MESSAGE, cause=errors)

    return check
