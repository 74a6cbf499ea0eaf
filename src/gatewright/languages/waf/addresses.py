"""IP addresses in rules: sets of them, and where in a request the address stands.

AWS WAF developer guide: "IP set match rule statement", "Using forwarded IP addresses".
"""

from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any, NamedTuple

from gatewright.languages.waf.document import WebAclError, only, text, word
from gatewright.languages.waf.inspected import Inspected, Match, NotApplied
from gatewright.values.ip import Address, read_address

MOST_FORWARDED = 10
_READING = 200  # tenths of microseconds, for so many addresses
_FALLBACK = ("MATCH", "NO_MATCH")


class IpSet:
    """A set of CIDR blocks; whether an address is in it takes one look-up for each length of prefix."""

    def __init__(self, blocks: Iterable[Any]) -> None:
        """Raises WebAclError for what is no block."""
        self._blocks: dict[tuple[int, int], set[int]] = {}
        for block in blocks:
            try:
                network = ip_network(block, strict=False) if isinstance(block, str) else ip_network("")
            except ValueError:
                raise WebAclError(f"{block!r} in an IP set is no CIDR block") from None
            unset = network.max_prefixlen - network.prefixlen
            mapped = getattr(network.network_address, "ipv4_mapped", None)  # as addresses are read
            first = mapped if mapped is not None and unset <= mapped.max_prefixlen else network.network_address
            known = self._blocks.setdefault((first.version, unset), set())
            known.add(int(first) >> unset)

    def __contains__(self, address: Address) -> bool:
        number = int(address)
        return any(
            version == address.version and number >> unset in known for (version, unset), known in self._blocks.items()
        )


class Forwarded(NamedTuple):
    """Where to look for the address, and whether a request without a valid one matches."""

    header: str
    position: str
    falls_back: bool

    def addresses(self, request: Inspected) -> list[Address]:
        """The valid addresses at the position. Raises NotApplied for a request that lacks the header."""
        lines = request.header(self.header)
        if not lines:
            raise NotApplied
        listed = ",".join(lines).split(",")
        at = {"FIRST": listed[:1], "LAST": listed[-1:], "ANY": listed[-MOST_FORWARDED:]}[self.position]
        return [address for one in at if (address := read_address(one)) is not None]


def compile_forwarded(document: Any, *, has_position: bool) -> Forwarded:
    """A ForwardedIPConfig, or with a position an IPSetForwardedIPConfig. Raises WebAclError."""
    members = ("HeaderName", "FallbackBehavior", *(("Position",) if has_position else ()))
    given = only(document, *members, of="a forwarded IP configuration")
    position = word(given, "Position", "FIRST", "LAST", "ANY") if has_position else "FIRST"
    return Forwarded(
        text(given, "HeaderName").lower(), position, word(given, "FallbackBehavior", *_FALLBACK) == "MATCH"
    )


def compile_ip_set(blocks: Iterable[Any], forwarded: Forwarded | None) -> Match:
    """Whether a request's address is in the set. Raises WebAclError."""
    known = IpSet(blocks)
    if forwarded is None:
        return lambda request: request.address is not None and request.address in known

    def matches(request: Inspected) -> bool:
        request.spend(_READING)
        found = forwarded.addresses(request)
        return any(address in known for address in found) if found else forwarded.falls_back

    return matches
