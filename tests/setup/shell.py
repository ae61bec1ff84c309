"""Runs Care's commands in processes of their own, as an operator would."""

import os
import subprocess
import sys
from pathlib import Path

from tests.both_databases import clean_environment

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "a-key-for-tests-only-Rk4wq8Zt1uYh7LmP0sXvB3nD6fGjC9eA2iOoTzUyQx5W"


def environment(**variables: str) -> dict[str, str]:
    """This one without what configures Care or the tests, and with `variables`."""
    clean = clean_environment()
    clean.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    return clean | variables


def manage(*words: str, timeout: float = 60, **variables: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` with these words and nothing of Care in its environment but `variables`."""
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def tool(name: str, *words: str, timeout: float = 170) -> subprocess.CompletedProcess[str]:
    """A command-line tool of the virtual environment."""
    program = Path(sys.executable).with_name(name)
    return subprocess.run(
        [program, *words],
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
