"""A mail server that takes everything and keeps nothing: `python -m benchmarks.sink SECONDS`; prints its port.

Each answer comes SECONDS late, as from a server that far away.
"""

from __future__ import annotations

import asyncio
import sys


async def serve(delay: float) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def answer(text: bytes) -> None:
            if delay:
                await asyncio.sleep(delay)
            writer.write(text + b"\r\n")
            await writer.drain()

        await answer(b"220 sink")
        while line := await reader.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                await answer(b"354 go on")
                while await reader.readline() not in (b".\r\n", b""):
                    pass
                await answer(b"250 taken")
            elif word == b"QUIT":
                await answer(b"221 bye")
                break
            else:
                await answer(b"250 sink" if word == b"EHLO" else b"250 ok")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=100)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
