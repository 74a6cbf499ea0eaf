"""IP addresses as text, read alike by policies, web ACLs and whoever asks where a request comes from."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address


def read_address(text: str) -> Address | None:
    """An address without its zone, None for what is none. One of IPv4 that is written as IPv6 is of IPv4."""
    try:
        address = ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def read_network(text: str) -> IPv4Network | IPv6Network:
    """An address or a CIDR block of proxies. Raises ValueError, also for the block of all addresses: if everyone were
    trusted, everyone could be anyone."""
    network = ip_network(text)
    if network.prefixlen == 0:
        raise ValueError(f"{text} has all addresses")
    if getattr(network.network_address, "ipv4_mapped", None) is not None:
        raise ValueError(f"{text} is of IPv4, and to be written so")
    return network
