"""A real worker process, to be killed."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from infra.dev.ports import free_port
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
START_S = 60.0


class WorkerProcess:
    """`huiyin worker`, started by `start()`; what it says goes to `log`.

    `door` is another command that listens at one port (`api`, `admin`), `module` another way to run it.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        log: Path,
        *arguments: str,
        door: str = "worker",
        module: str = "services.cli",
    ) -> None:
        self.port = free_port(None)
        self.log = log
        self._command = (module, door, *arguments)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HUIYIN_")},
            "HUIYIN_SECRET": "a secret for tests, long enough to be one",
            "HUIYIN_LOG_FORMAT": "console",
            "PYTHONPATH": str(ROOT),
            **environment,
            "HUIYIN_WORKER_PORT": str(self.port),
            "HUIYIN_REPORTS_WORKER_PORT": str(self.port),
            "HUIYIN_API_PORT": str(self.port),
            "HUIYIN_ADMIN_PORT": str(self.port),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("not started")
        return self._process

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._command],
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def wait_ready(self) -> None:
        """Until it answers; fails at once when it ends instead."""

        def answered() -> bool:
            assert self.is_running(), self.said()
            return bool(self.get("/healthz"))

        wait_until(answered, "the worker answers", START_S)

    def get(self, path: str) -> str:
        """The answer of the worker's small port, empty when there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()
        except OSError:
            return ""

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def terminate(self, within_s: float = 30) -> int:
        """SIGTERM; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within_s)

    def clean_up(self) -> None:
        if self.is_running():
            self.kill()
