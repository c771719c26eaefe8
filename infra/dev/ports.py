"""Free ports on loopback."""

import secrets
import socket
import time
from collections.abc import Sequence

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


def wait_until_free(ports: Sequence[int], deadline_s: float) -> list[int]:
    """Give what is just ending time to let go of `ports`; those still taken after `deadline_s` seconds."""
    end = time.monotonic() + deadline_s
    while (taken := [port for port in ports if not is_free(port)]) and time.monotonic() < end:
        time.sleep(0.05)
    return taken
