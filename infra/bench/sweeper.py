"""A sweeper of one connection as a process: says it is ready, waits for a line, sweeps, says how many fired.

The product's uses two connections: two cores are busy with one of them, so that more cannot gain anything.
"""

import asyncio
import sys
from datetime import timedelta

from shared.db.engine import ENGINE
from shared.escalation.sweep import sweep


async def _main(url: str) -> None:
    await ENGINE.open(url, pool_size=4, acquire_timeout=timedelta(seconds=5), application="bench")
    try:
        await sweep()
        _say("ready")
        while sys.stdin.readline():
            _say(str(await sweep(width=1)))
    finally:
        await ENGINE.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
