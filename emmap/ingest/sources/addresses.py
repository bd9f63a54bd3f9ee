"""Which addresses a source may be fetched from: public ones, and those of hosts that the operator allows.

The name is resolved once, every address is judged, and the connection goes to a judged address: a name that
resolves differently a moment later (DNS rebinding) leads nowhere.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

from emmap.ingest.sources.faults import Fault

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""From host and port to IP addresses."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as the system resolves it. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: str) -> bool:
    """Whether an address is of the public internet: not private, loopback, link-local, shared (RFC 6598), multicast
    or reserved; neither is one that only wraps such an IPv4 address."""
    try:
        found: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _within(found)
    return found.is_global and not found.is_multicast if inner is None else is_public(str(inner))


def _within(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one wraps (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def allowed(host: str, patterns: Sequence[str]) -> bool:
    """Whether a host is one of those named; `*.example.com` names every host below example.com."""
    host = host.lower().rstrip(".")
    return any(
        host.endswith(pattern[1:].lower()) if pattern.startswith("*.") else host == pattern.lower()
        for pattern in patterns
    )


async def address_of(host: str, port: int, private_hosts: Sequence[str], resolving: Resolve = resolve) -> str:
    """The address to connect to. Raises `Fault` where the name does not resolve, or leads where it may not."""
    try:
        found = await resolving(host, port)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise Fault(
            "unknown_host",
            f"找不到主机 {host}；请检查地址和本机的域名解析。",
            f"The host {host} is not found: check the address and this machine's name resolution.",
        )
    if allowed(host, private_hosts):
        return found[0]
    public = [address for address in found if is_public(address)]
    if len(public) < len(found):
        raise Fault(
            "private_address",
            f"主机 {host} 指向内网地址，出于安全没有访问；确需访问请写入该来源的 private_hosts。",
            f"The host {host} leads to a private address and was not contacted; if that is meant, add it to the "
            "source's private_hosts.",
        )
    return public[0]
