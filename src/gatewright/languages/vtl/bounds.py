"""How much one rendering may do: steps, text and depth are counted, never the clock, so that an answer never depends
on how busy the machine is."""

from collections.abc import Iterable
from dataclasses import dataclass

from gatewright.languages.vtl.errors import Fault


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one rendering.

    `steps`: pieces of template run again (every turn of a loop and every call counts its body) and work on long
    values; a step is about 0.2 microseconds. `text`: characters of the output and of any one value. `depth`: calls of
    macros, defined blocks and evaluated texts inside each other (Velocity's `velocimacro.max.depth`).
    """

    steps: int = 3_000_000
    text: int = 12 * 1024 * 1024
    depth: int = 20
    iterations: int = 1000  # API Gateway quota "Iterations of a #foreach ... #end loop"


DEFAULT = Bounds()


class Meter:
    """What is left of the bounds during one rendering.

    `known`: the expressions and paths it has read. Whether they are still known from another must not decide.
    `grafted`: the template has put containers into containers, which may then be far larger than they look, or go in
    circles.
    """

    __slots__ = ("bounds", "depth", "grafted", "known", "left", "text")

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.left = bounds.steps
        self.text = bounds.text
        self.depth = 0
        self.grafted = False
        self.known: set[str] = set()

    def charge(self, steps: int) -> None:
        """Count work that is done or about to be done; raises Fault when there is nothing left."""
        self.left -= steps
        if self.left < 0:
            raise Fault("the template does too much work")

    def read(self, source: str, steps: int) -> None:
        """Count the reading of an expression or a path that is not `known` yet."""
        self.known.add(source)
        self.charge(steps)

    def enter(self, weight: int) -> None:
        """Begin a call whose body weighs `weight` steps; `leave` ends it."""
        self.charge(weight)
        if self.depth >= self.bounds.depth:
            raise Fault(f"macros and blocks are called more than {self.bounds.depth} deep")
        self.depth += 1

    def leave(self) -> None:
        self.depth -= 1

    def length(self, characters: int) -> None:
        """Count a text that is about to be made."""
        if characters > self.text:
            raise Fault(f"a text grows beyond {self.text} characters")
        self.charge(characters >> 5)

    def joined(self, pieces: Iterable[str]) -> str:
        """The pieces as one text, if that is not too long."""
        self.length(sum(map(len, pieces)))
        return "".join(pieces)
