"""A mail server that only remembers: a process of its own, which outlives whatever is killed around it.

`python -m tests.faults.sink FILE SEED MILLISECONDS` prints its port. The Message-ID of a letter is in FILE before the
letter is acknowledged; a letter whose final dot never came is not. Each takes a random time of up to MILLISECONDS both
before it is accepted and before that is said, so that those who are killed are killed in the middle of it.
"""

import asyncio
import os
import random
import re
import sys
from asyncio import IncompleteReadError, StreamReader, StreamWriter

_MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(<[^>]*>)")
_ANSWERS = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n", b"EHLO": b"250-sink\r\n250 SIZE\r\n"}


class Sink:
    """The dialogue. It takes every letter, and does nothing with it."""

    async def serve(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
        await server.serve_forever()

    async def _talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            await self._answer(writer, b"220 sink\r\n")
            while line := await reader.readline():
                word = line[:4].upper()
                await self._answer(writer, _ANSWERS.get(word, b"250 ok\r\n"))
                if word == b"DATA":
                    await self._take(await reader.readuntil(b"\r\n.\r\n"))
                    await self._answer(writer, b"250 taken\r\n")
                elif word == b"QUIT":
                    break
        except (ConnectionError, IncompleteReadError):
            pass  # whoever wrote was killed
        finally:
            writer.close()

    async def _answer(self, writer: StreamWriter, text: bytes) -> None:
        writer.write(text)

    async def _take(self, letter: bytes) -> None:
        pass


class Remembering(Sink):
    def __init__(self, path: str, seed: int, milliseconds: float) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._chance, self._seconds = random.Random(seed), milliseconds / 1000

    async def _take(self, letter: bytes) -> None:
        await asyncio.sleep(self._chance.uniform(0, self._seconds))
        found = _MESSAGE_ID.search(letter)
        os.write(self._file, (found[1] if found else b"?") + b"\n")
        await asyncio.sleep(self._chance.uniform(0, self._seconds))


if __name__ == "__main__":
    asyncio.run(Remembering(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])).serve())
