"""What the servers from PyPI stand on: a WSGI application over https on a free loopback port, with a log of requests.

The log is DIR/requests.log, one line per answered request: "ISSUER PATH GRANT-TYPE CLIENT STATUS".
"""

import base64
import io
import os
import ssl
from socketserver import ThreadingMixIn
from urllib.parse import parse_qs, unquote_plus
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer


class Server(ThreadingMixIn, WSGIServer):
    """Listens at once, so that the port is known before the application is made, and serves later."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, directory, name):
        super().__init__(("127.0.0.1", 0), Quiet)
        self.name = name
        self.log = open(os.path.join(directory, "requests.log"), "a", buffering=1)
        self.url = f"https://localhost:{self.server_port}"
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(os.path.join(directory, "server.crt"), os.path.join(directory, "server.key"))
        # The handshake is left to the thread of the connection: a client that says nothing must not stop the others,
        # and browsers open such connections.
        self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def serve(self, application):
        self.base_environ["HTTPS"] = "on"
        self.set_app(self._logged(application))
        self.serve_forever()

    def handle_error(self, request, client_address):
        """A client that goes away is no news."""

    def _logged(self, application):
        def logged(environ, start_response):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            form = parse_qs(body.decode("utf-8", "replace"))
            grant = form.get("grant_type", ["-"])[0]
            client = form.get("client_id", [basic_user(environ)])[0]

            def start(status, *rest):
                self.log.write(f"{self.name} {environ['PATH_INFO']} {grant} {client} {status.split()[0]}\n")
                return start_response(status, *rest)

            return application(environ, start)

        return logged


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def basic_user(environ):
    kind, _, value = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() != "basic":
        return "-"
    return unquote_plus(base64.b64decode(value).decode("utf-8", "replace").partition(":")[0])


def announce(directory, values):
    """Writes DIR/issuers, which says that the servers accept connections."""
    path = os.path.join(directory, "issuers")
    with open(path + ".new", "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    os.rename(path + ".new", path)
