"""IP addresses as text, read alike by policies, web ACLs and whoever asks where a request comes from."""

from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address


def read_address(text: str) -> Address | None:
    """An address without its zone, None for what is none. One of IPv4 that is written as IPv6 is of IPv4."""
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
