#!/usr/bin/env python3
"""Loads a registry and tells what it answered, as words NAME=NUMBER on one line (times in milliseconds).

load.py closed URL CONNECTIONS SECONDS             each asks again as soon as it is answered
load.py open URL RATE SECONDS                      so many a second, whether or not they are answered
load.py post URL CONNECTIONS SECONDS KEY PREFIX    each posts a certificate, and the next when that is recorded
load.py headers|bodies|readers URL CONNECTIONS SECONDS   so many connections that send, or read, a byte a second
"""
import asyncio, json, sys, time
from urllib.parse import urlsplit

mode, url, many, seconds = sys.argv[1], urlsplit(sys.argv[2]), int(float(sys.argv[3])), float(sys.argv[4])
host, port, path = url.hostname, url.port, url.path + ("?" + url.query if url.query else "")
get = f"GET {path} HTTP/1.1\r\nHost: {url.netloc}\r\nAccept: application/json\r\n\r\n".encode()
took, refused, lost, held, codes, first = [], [], [0], [0], {}, []
begun = time.perf_counter()


async def answer(reader):
    """The status of an answer that is read whole."""
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    if b"content-length:" in lower:
        length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        if length:
            await reader.readexactly(length)
    elif b"chunked" in lower:
        while (size := int(await reader.readline(), 16)) >= 0:
            await reader.readexactly(size + 2)
            if size == 0:
                break
    return int(head[9:12]), lower


def note(code, since):
    spent = (time.perf_counter() - since) * 1000
    codes[code] = codes.get(code, 0) + 1
    (took if code < 400 else refused).append(spent)
    if code < 400 and since - begun < 1:
        first.append(spent)


async def ask(connection, request):
    """A connection that the server closed while it was idle is opened anew, once, as every client does (RFC 9112, 9.3.1)."""
    since = time.perf_counter()
    for wasIdle in (connection[0] is not None, False):
        if connection[0] is None:
            connection[:] = await asyncio.open_connection(host, port)
        try:
            connection[1].write(request)
            code, _ = await answer(connection[0])
            note(code, since)
            return code
        except (asyncio.IncompleteReadError, ConnectionError, OSError) as broken:
            connection[:] = [None, None]
            if not wasIdle or getattr(broken, "partial", b""):
                break
    lost[0] += 1
    return 0


async def closed():
    async def one():
        connection = [None, None]
        while time.perf_counter() - begun < seconds:
            if await ask(connection, get) >= 400:
                await asyncio.sleep(1)  # as Retry-After says
    await asyncio.gather(*(one() for _ in range(many)))


async def opened():
    """Never more than so many at once: what cannot even be sent by then is the sender's limit, and told as held."""
    free, tasks = [[None, None] for _ in range(400)], set()

    async def one(connection):
        await ask(connection, get)
        free.append(connection)
    sent = 0
    while (now := time.perf_counter() - begun) < seconds:
        while sent < now * many:
            sent += 1
            if not free:
                held[0] += 1
                continue
            task = asyncio.create_task(one(free.pop()))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.sleep(0.002)
    if tasks:
        await asyncio.wait(tasks, timeout=30)
    lost[0] += len(tasks)


async def post():
    key, prefix = sys.argv[5:7]

    async def one(name):
        connection, n = [None, None], 0
        while time.perf_counter() - begun < seconds:
            n += 1
            body = json.dumps({"number": f"{prefix}-{name}-{n}", "holder": {"name": "青屿云帆电器（演示）有限公司"}, "category": 26, "level": "five-star", "score": 96.5,
                               "scope": "售后服务（演示）", "issuedOn": "2025-03-01", "expiresOn": "2028-02-29"}).encode()
            head = f"POST {path} HTTP/1.1\r\nHost: {url.netloc}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            if await ask(connection, head.encode() + body) >= 400:
                await asyncio.sleep(0.1)
    await asyncio.gather(*(one(i) for i in range(many)))


async def slow():
    opened = [0]

    async def connected():
        reader, writer = await asyncio.open_connection(host, port, limit=2)
        opened[0] += 1
        head = f"{'POST' if mode == 'bodies' else 'GET'} {path} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        if mode == "bodies":
            head += "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
        if mode == "readers":
            head += "\r\n"
            writer.transport.pause_reading()
        writer.write(head.encode())
        while time.perf_counter() - begun < seconds:
            await asyncio.sleep(1)
            if writer.transport.is_closing():  # to write on would cost this machine more than it costs the registry
                raise ConnectionError
            writer.write(b"x" if mode == "bodies" else b"x: y\r\n" if mode == "headers" else b"")

    async def one():
        while time.perf_counter() - begun < seconds:
            try:
                await connected()
            except (ConnectionError, OSError):
                lost[0] += 1  # whoever was closed comes again
    await asyncio.gather(*(one() for _ in range(many)))
    print(f"opened={opened[0]} closed={lost[0]}")


def at(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] if times else 0


asyncio.run({"closed": closed, "open": opened, "post": post}.get(mode, slow)())
if mode in ("closed", "open", "post"):
    spent = time.perf_counter() - begun
    print(f"answered={len(took)} rate={len(took) / spent:.1f} p50={at(took, .5):.1f} p99={at(took, .99):.1f} first99={at(first, .99):.1f} "
          f"refused={len(refused)} refused99={at(refused, .99):.1f} failed={sum(n for code, n in codes.items() if code >= 500 and code != 503)} lost={lost[0]} held={held[0]}")
