"""A process that supervises until told to stop; arguments: LOG_FOLDER NAME SCRIPT [NAME SCRIPT …]."""

import asyncio
import os
import sys
from pathlib import Path

from infra.dev.supervise import Service, Supervisor, until_told_to_stop


async def supervise(log_folder: Path, scripts: list[str]) -> None:
    """Run each Python script as a service, telling names and pids as they start."""
    services = [
        Service(name, (sys.executable, "-c", script), os.environ)
        for name, script in zip(scripts[::2], scripts[1::2], strict=True)
    ]
    async with Supervisor(services, log_folder).running():
        await until_told_to_stop()


if __name__ == "__main__":
    asyncio.run(supervise(Path(sys.argv[1]), sys.argv[2:]))
