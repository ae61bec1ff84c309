"""A mail server that takes everything and keeps nothing: `python -m benchmarks.sink SECONDS`; prints its port.

Each answer comes SECONDS late, as from a server that far away.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import StreamWriter

from tests.faults.sink import Sink


class Distant(Sink):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def _answer(self, writer: StreamWriter, text: bytes) -> None:
        if self._seconds:
            await asyncio.sleep(self._seconds)
        await super()._answer(writer, text)


if __name__ == "__main__":
    asyncio.run(Distant(float(sys.argv[1])).serve())
