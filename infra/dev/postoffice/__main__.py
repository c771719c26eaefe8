"""`python -m infra.dev.postoffice`: the post office until SIGTERM or Ctrl-C.

The secret of the SMS gateway comes from `HUIYIN_SMS_SECRET`, so that it never shows in the list of processes.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from infra.dev.postoffice.office import opened


def main() -> int:
    """Open until told to stop; 1 when a port is taken, 2 without a secret."""
    parser = argparse.ArgumentParser(prog="python -m infra.dev.postoffice", description=__doc__)
    parser.add_argument("--file", type=Path, required=True, help="SQLite file that keeps the messages")
    parser.add_argument("--port", type=int, default=8002, help="port of the page and of the SMS gateway")
    parser.add_argument("--smtp-port", type=int, default=8025, help="port of the SMTP server")
    options = parser.parse_args()
    secret = os.environ.get("HUIYIN_SMS_SECRET", "")
    if not secret:
        sys.stderr.write("HUIYIN_SMS_SECRET is not set.\n")
        return 2
    try:
        asyncio.run(_serve(options.file, secret, options.port, options.smtp_port))
    except OSError as error:
        sys.stderr.write(f"The post office cannot open: {error.strerror}\n")
        return 1
    return 0


async def _serve(file: Path, secret: str, port: int, smtp_port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(file, secret, port=port, smtp_port=smtp_port) as office:
        print(f"{office.url}, SMTP on port {office.smtp_port}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    sys.exit(main())
