"""How much memory a process ever held."""

import re
from pathlib import Path


def peak_kib() -> int:
    """VmHWM of this process, in KiB. Not `ru_maxrss`, which begins with what the process that started it held."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1])
