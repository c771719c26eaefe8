"""Free ports on loopback."""

import secrets
import socket

# Below the range the kernel picks from for outgoing connections, so that a kept port is rarely taken by
# chance.
_LOWEST, _COUNT = 20_000, 12_000
HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether nobody listens on `port` of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """`preferred` when it is free, a random free port otherwise."""
    if preferred is not None and is_free(preferred):
        return preferred
    while True:
        port = _LOWEST + secrets.randbelow(_COUNT)
        if is_free(port):
            return port
