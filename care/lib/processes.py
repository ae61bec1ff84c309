"""Processes that live together: started in order, watched, and stopped in the opposite order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


def _end_with_parent() -> None:
    """Ask Linux to end this process when the one that started it is gone, however it went."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1 is PR_SET_PDEATHSIG


@dataclass
class Processes:
    """A group of child processes. `inherit` are file descriptors that each of them keeps open."""

    folder: Path
    environment: Mapping[str, str]
    inherit: tuple[int, ...] = ()
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str, inherit: tuple[int, ...] = ()) -> None:
        """Start one more process.

        Each has a session of its own, so that Ctrl-C in the terminal reaches only us. We then signal main processes,
        never groups: a signal to the children of Celery's pool would cut a task in two.
        """
        self.running[name] = subprocess.Popen(  # noqa: S603  the commands are ours
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(*self.inherit, *inherit),
            preexec_fn=_end_with_parent,
        )

    def ended(self) -> tuple[str, int] | None:
        """The name and exit code of a process that has ended by itself; None while all run."""
        for name, process in self.running.items():
            code = process.poll()
            if code is not None:
                return name, code
        return None

    def stop(self, *, patience: float = 30.0) -> Iterator[tuple[str, float]]:
        """Stop one after the other, the last started first, and yield each name with the seconds it took.

        What does not end within `patience` seconds, or was told to hurry by `kill`, is killed with its children.
        """
        for name in reversed(list(self.running)):
            process, started = self.running[name], time.monotonic()
            process.terminate()
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                self._kill(process)
            process.wait()
            yield name, time.monotonic() - started
        self.running.clear()

    def kill(self) -> None:
        """End all of them at once, without asking."""
        for process in self.running.values():
            self._kill(process)

    @staticmethod
    def _kill(process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
