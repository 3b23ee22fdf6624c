"""An MQTT client that the event loop watches, for whoever listens to a broker or speaks to one."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho


def attach(client: paho.Client, loop: asyncio.AbstractEventLoop) -> None:
    """Let the event loop watch the client's socket.

    The client's own thread would wait in `select`, which knows no descriptor above 1023; a server with a
    historian and a few hundred open pages has more.
    """
    home = threading.get_ident()

    def here(act: Callable[..., Any], *arguments: Any) -> None:
        if threading.get_ident() == home:
            act(*arguments)
        else:
            loop.call_soon_threadsafe(act, *arguments)

    def read(sock: Any) -> None:
        client.loop_read()
        # what TLS has already taken from the socket wakes nobody
        if isinstance(sock, ssl.SSLSocket) and sock.fileno() >= 0 and sock.pending():
            loop.call_soon(read, sock)

    client.on_socket_open = lambda _, __, sock: here(loop.add_reader, sock, read, sock)
    client.on_socket_close = lambda _, __, sock: here(loop.remove_reader, sock)
    client.on_socket_register_write = lambda _, __, sock: here(loop.add_writer, sock, client.loop_write)
    client.on_socket_unregister_write = lambda _, __, sock: here(loop.remove_writer, sock)


async def keep_alive(client: paho.Client) -> None:
    """Send the pings that are due, until the connection is no more."""
    while client.loop_misc() == paho.MQTT_ERR_SUCCESS:
        await asyncio.sleep(1)
