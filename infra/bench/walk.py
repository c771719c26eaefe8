"""Random commands by everybody: the tests' walk over the state machine, far longer than in `make test`."""

import asyncio
import os
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

from infra.bench.figures import Figure, at_least, at_most, told

WALKS, COMMANDS_PER_WALK = 50, 200
_ROOT: Final = Path(__file__).parents[2]
_TEST: Final = "tests/integration/cases/test_random_walk.py::test_no_walk_breaks_a_rule"


async def measure() -> list[Figure]:
    """Each walk is a test of its own; an error is a walk that broke a rule or met an unforeseen exception.

    Raises `RuntimeError` when the tests could not be run.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "walks.xml"
        begun = time.perf_counter()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pytest", "-q", "-n", "auto", f"--junitxml={report}", _TEST),
            cwd=_ROOT,
            env={**os.environ, "HUIYIN_WALKS": str(WALKS)},
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await process.communicate()
        took_s = time.perf_counter() - begun
        if not report.exists():
            raise RuntimeError(output.decode())
        suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314  # pytest's own file
    found = {} if suite is None else suite.attrib
    commands = int(found.get("tests", 0)) * COMMANDS_PER_WALK
    errors = int(found.get("failures", 0)) + int(found.get("errors", 0))
    return [
        at_least("random commands by everybody", commands, "commands", WALKS * COMMANDS_PER_WALK),
        at_most("errors", errors, "walks", 0),
        told("it took", took_s, "s"),
    ]
