"""A service as the management endpoint knows it: its operations and the way from a path to one of them."""

from collections.abc import Mapping
from functools import cache

from gatewright.aws.model import Operation, Shape, Shapes, in_wire_words, operations, read_model
from gatewright.aws.routes import Routes


class Service:
    """One AWS service; immutable. `name` is botocore's folder name: apigateway, apigatewayv2, lambda ..."""

    __slots__ = ("_routes", "name", "operations", "shapes")

    def __init__(self, name: str, by_name: Mapping[str, Operation], shapes: Shapes) -> None:
        self.name = name
        self.operations = by_name
        self.shapes = shapes
        self._routes = Routes(by_name.values())

    def match(self, method: str, raw_path: str, query: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that a request line means and its decoded URI labels; None when there is none."""
        return self._routes.match(method, raw_path, query)

    def exception(self, code: str) -> Shape | None:
        """The shape of the service's exception of that name."""
        shape = self.shapes.get(code)
        return shape if shape is not None and shape.exception else None


@cache
def load_service(name: str) -> Service:
    """Read a service's model from botocore's data files, once. Raises ModelMissing."""
    model = read_model(name)
    if name == "apigatewayv2":
        model = in_wire_words(model)
    return Service(name, operations(name, model), model.shapes)
