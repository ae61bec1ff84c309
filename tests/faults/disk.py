"""A small disk that can be full. It is gone when its block ends, and with this process, however that ends."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.stage import END_WITH_US

_MOUNT = 'mount -t tmpfs -o "size=$1m,mode=755" disk "$0" && echo mounted && exec sleep infinity'
_BLOCK = bytes(4096)


@dataclass
class SmallDisk:
    """Mounted for those alone whose command begins with the words of `inside`. We see it `from_outside`."""

    place: Path
    keeper: int

    @property
    def inside(self) -> tuple[str, ...]:
        return "nsenter", f"--mount=/proc/{self.keeper}/ns/mnt", "--"

    @property
    def from_outside(self) -> Path:
        return Path(f"/proc/{self.keeper}/root{self.place}")

    @contextmanager
    def full(self) -> Iterator[None]:
        """Somebody else has put something on it that takes all the room there is left."""
        heap = self.from_outside / "of somebody else"
        try:
            with open(heap, "wb", buffering=0) as file:
                try:
                    while file.write(_BLOCK):
                        pass
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
            yield
        finally:
            heap.unlink()


@contextmanager
def a_small_disk(place: Path, *, megabytes: int) -> Iterator[SmallDisk]:
    """Mount one in a name space of its own; only root may. What is on it lasts as long as the block."""
    place.mkdir()
    command = [*END_WITH_US, "unshare", "--mount", "sh", "-c", _MOUNT, str(place), str(megabytes)]
    keeper = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        assert keeper.stdout
        assert keeper.stdout.readline() == "mounted\n", "only root may mount a disk"
        yield SmallDisk(place, keeper.pid)
    finally:
        keeper.kill()
        keeper.wait()
        assert keeper.stdout
        keeper.stdout.close()


def a_folder_for(user: str, disk: SmallDisk, name: str) -> Path:
    """An empty folder on it that belongs to this user, as those see it who are inside."""
    folder = disk.from_outside / name
    folder.mkdir(mode=0o700)
    shutil.chown(folder, user, user)
    return disk.place / name
