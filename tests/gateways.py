"""Gateways of our own to send through: a web server that answers as it is told, a post office with a lock."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.ingest.brokers import free_port


@dataclass(frozen=True)
class Heard:
    """A request as it came; header names are in small letters."""

    path: str
    headers: dict
    body: bytes


class WebGateway:
    """Keeps what is posted to it; `answers` are taken one after the other, then it says 200 with nothing.

    An answer is a status, or `(status, headers, body)`, or bytes sent as they are, or None for a line that
    is cut; `hold` keeps every answer back until it is set.
    """

    def __init__(self):
        self.heard, self.answers, self.hold = [], deque(), threading.Event()
        self.hold.set()

    @contextmanager
    def open(self):
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                gateway.heard.append(Heard(self.path, headers, body))
                answer = gateway.answers.popleft() if gateway.answers else 200
                gateway.hold.wait(10)
                if answer is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                elif isinstance(answer, bytes):
                    self.wfile.write(answer)
                else:
                    status, more, said = answer if isinstance(answer, tuple) else (answer, {}, b"")
                    self.send_response(status)
                    for name, value in {"content-length": len(said), **more}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    with suppress(ConnectionError):  # who asked may have given up
                        self.wfile.write(said)
                self.close_connection = True

            do_GET = do_POST  # noqa: N815  # the library's name

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads, server.block_on_close = True, False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.port = server.server_address[1]
        try:
            yield self
        finally:
            self.hold.set()
            server.shutdown()
            thread.join()
            server.server_close()


class PostOffice:
    """Takes letters over STARTTLS from who knows the password; `replies` to recipients come first."""

    def __init__(self):
        self.letters, self.replies = [], deque()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  # the library's
        if self.replies:
            return self.replies.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  # the library's
        self.letters.append((session.ssl, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"

    @contextmanager
    def open(self, folder, password):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate = certificate(folder)
        context.load_cert_chain(self.certificate)
        office = Controller(
            self,
            hostname="127.0.0.1",
            port=free_port(),
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=lambda _server, _session, _envelope, _mechanism, given: AuthResult(
                success=isinstance(given, LoginPassword) and given.password == password.encode(),
                handled=False,
            ),
        )
        office.start()
        self.port = office.port
        try:
            yield self
        finally:
            office.stop()


def certificate(folder):
    """A file with a key and a certificate for this machine, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "gateway")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "gateway.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path
