"""TLS: the dialled address is ours, the verified name is the platform's."""

import datetime
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.contract import PlatformUnavailable, Request
from connector.http import Wire, platform_http


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for platform.example, signed by its own key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "platform.example")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start.replace(year=2099))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("platform.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "platform.pem"
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + signed.public_bytes(pem))
    return path


@pytest.fixture
def port(certificate):
    """A TLS server on the loopback interface that is platform.example."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answering)
    server.handle_error = lambda request, address: None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def _client(host, port, **wire):
    wire = Wire(resolve=lambda name, _: ["127.0.0.1"], **wire)
    return platform_http(f"https://{host}:{port}/", None, {}, allowed_private_hosts=frozenset({host}), wire=wire)


def test_the_name_is_verified_though_the_address_is_dialled(certificate, port):
    trusting = ssl.create_default_context(cafile=certificate)
    with _client("platform.example", port, certificates=trusting) as http:
        assert http.get(Request("x")).body == b"[]"


@pytest.mark.parametrize("host", ["platform.example", "other.example"])
def test_a_certificate_for_another_name_or_from_nobody_is_refused_at_once(certificate, port, host):
    trusting = {"certificates": ssl.create_default_context(cafile=certificate)} if host[0] == "o" else {}
    with _client(host, port, **trusting) as http:
        with pytest.raises(PlatformUnavailable) as failed:
            http.get(Request("x"))
        assert (failed.value.code, http.requests_sent) == ("tls_failed", 1)
