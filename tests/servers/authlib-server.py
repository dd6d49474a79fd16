"""Authlib on Flask as two issuers on two free loopback ports, in memory, with the same clients and the same user:

  ROTATING  every refresh gives a new refresh token; the old one is dead
  FIXED     a refresh gives no refresh token; the old one stays good

There is metadata by RFC 8414 alone. A device may ask for its token once a second.

usage: authlib-server.py DIR, with server.key, server.crt in DIR and the credentials in the environment. Writes
DIR/issuers when both accept connections.
"""

import os
import secrets
import sys
import threading
import time
from urllib.parse import urlsplit

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from authlib.oauth2.rfc8628 import DeviceAuthorizationEndpoint, DeviceCodeGrant, DeviceCredentialDict
from flask import Flask, jsonify, redirect, request, session

from https_wsgi import Server, announce

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES = ["read", "write"]
AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]
LIFETIME = 3600


class Client(ClientMixin):
    def __init__(self, client_id, secret, auth_method, grant_types):
        self.client_id = client_id
        self.secret = secret
        self.auth_method = auth_method
        self.grant_types = grant_types

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        return scope or "read"

    def check_redirect_uri(self, redirect_uri):
        # RFC 8252 §7.3: any port of a loopback address.
        parts = urlsplit(redirect_uri)
        return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(self.secret.encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.auth_method

    def check_response_type(self, response_type):
        return response_type == "code" and "authorization_code" in self.grant_types

    def check_grant_type(self, grant_type):
        return grant_type in self.grant_types


def make_clients():
    conf, post, enc = (os.environ[name] for name in ("CONF_SECRET", "POST_SECRET", "ENC_SECRET"))
    by_password = ["password", "refresh_token"]
    clients = [
        Client("conf", conf, "client_secret_basic", by_password),
        Client("enc", enc, "client_secret_basic", by_password),
        Client("post", post, "client_secret_post", by_password),
        Client("encpost", enc, "client_secret_post", by_password),
        Client("pub", "", "none", by_password),
        Client("cc", conf, "client_secret_basic", ["client_credentials"]),
        Client("code", "", "none", ["authorization_code", "refresh_token"]),
        Client("codeconf", conf, "client_secret_basic", ["authorization_code", "refresh_token"]),
        Client("device", "", "none", [DEVICE, "refresh_token"]),
    ]
    return {client.client_id: client for client in clients}


class Token(TokenMixin):
    def __init__(self, answer, client, user):
        self.answer = answer
        self.client = client
        self.user = user
        self.issued_at = int(time.time())
        self.access_is_dead = False
        self.refresh_is_dead = False

    def check_client(self, client):
        return self.client is client

    def get_scope(self):
        return self.answer.get("scope", "")

    def get_expires_in(self):
        return self.answer["expires_in"]

    def is_expired(self):
        return self.issued_at + self.answer["expires_in"] < time.time()

    def is_revoked(self):
        return self.access_is_dead

    def get_user(self):
        return self.user

    def get_client(self):
        return self.client


class Code(AuthorizationCodeMixin):
    def __init__(self, value, request):
        self.value = value
        self.client = request.client
        self.user = request.user
        self.redirect_uri = request.payload.redirect_uri
        self.scope = request.scope
        self.code_challenge = request.payload.data.get("code_challenge")
        self.code_challenge_method = request.payload.data.get("code_challenge_method")

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope


def page(title, body):
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"


def application(name, url, rotates):
    """One issuer with all that it remembers."""
    clients = make_clients()
    tokens, codes, devices = [], {}, {}

    def find(value, hint=None):
        kinds = [kind for kind in ("access_token", "refresh_token") if hint in (None, kind)] or [None]
        return next((token for token in tokens for kind in kinds if token.answer.get(kind) == value), None)

    class Password(grants.ResourceOwnerPasswordCredentialsGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

        def authenticate_user(self, username, password):
            return username if is_user(username, password) else None

    class AuthorizationCode(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

        def save_authorization_code(self, code, request):
            codes[code] = Code(code, request)

        def query_authorization_code(self, code, client):
            found = codes.get(code)
            return found if found and found.client is client else None

        def delete_authorization_code(self, authorization_code):
            del codes[authorization_code.value]

        def authenticate_user(self, authorization_code):
            return authorization_code.user

    class Refresh(grants.RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
        INCLUDE_NEW_REFRESH_TOKEN = rotates

        def authenticate_refresh_token(self, refresh_token):
            token = find(refresh_token, "refresh_token")
            return token if token and not token.refresh_is_dead else None

        def authenticate_user(self, refresh_token):
            return refresh_token.user

        def revoke_old_credential(self, refresh_token):
            refresh_token.access_is_dead = True
            refresh_token.refresh_is_dead = rotates

    class Device(DeviceCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

        def query_device_credential(self, device_code):
            found = devices.get(device_code)
            return DeviceCredentialDict(found) if found else None

        def query_user_grant(self, user_code):
            return by_user_code(user_code)["decision"]

        def should_slow_down(self, credential):
            device = devices[credential["device_code"]]
            asked, device["asked"] = device["asked"], time.monotonic()
            too_soon = device["asked"] - asked < 0.9
            if too_soon:
                with open(os.path.join(sys.argv[1], "requests.log"), "a") as log:
                    print(name, "too soon", file=log)
            return too_soon

    class DeviceEndpoint(DeviceAuthorizationEndpoint):
        CLIENT_AUTH_METHODS = AUTH_METHODS
        EXPIRES_IN = 600
        INTERVAL = 1

        def get_verification_uri(self):
            return url + "/device"

        def save_device_credential(self, client_id, scope, data):
            more = {"client_id": client_id, "scope": scope, "expires_at": int(time.time()) + data["expires_in"]}
            devices[data["device_code"]] = {**data, **more, "decision": None, "asked": 0}

    class Revocation(RevocationEndpoint):
        CLIENT_AUTH_METHODS = AUTH_METHODS

        def query_token(self, token_string, token_type_hint):
            return find(token_string, token_type_hint)

        def revoke_token(self, token, request):
            token.access_is_dead = token.refresh_is_dead = True

    class Introspection(IntrospectionEndpoint):
        CLIENT_AUTH_METHODS = AUTH_METHODS

        def query_token(self, token_string, token_type_hint):
            return find(token_string, token_type_hint)

        def check_permission(self, token, client, request):
            return token.client is client

        def introspect_token(self, token):
            return {
                "active": not token.access_is_dead and not token.is_expired(),
                "client_id": token.client.client_id,
                "username": token.user,
                "scope": token.get_scope(),
                "token_type": "Bearer",
                "iat": token.issued_at,
                "exp": token.issued_at + token.get_expires_in(),
            }

    def by_user_code(user_code):
        return next((device for device in devices.values() if device["user_code"] == user_code), None)

    grant_types = ["password", "authorization_code", "client_credentials", "refresh_token", DEVICE]
    app = Flask(name)
    app.config.update(
        SECRET_KEY=secrets.token_hex(),
        # A cookie holds for every port of the host.
        SESSION_COOKIE_NAME=name,
        OAUTH2_REFRESH_TOKEN_GENERATOR=True,
        OAUTH2_TOKEN_EXPIRES_IN={grant_type: LIFETIME for grant_type in grant_types},
        OAUTH2_SCOPES_SUPPORTED=SCOPES,
    )

    def save_token(answer, asked):
        tokens.append(Token(answer, asked.client, asked.user))

    server = AuthorizationServer(app, query_client=clients.get, save_token=save_token)
    server.register_grant(AuthorizationCode, [CodeChallenge(required=True)])
    for grant in (Password, Refresh, grants.ClientCredentialsGrant, Device):
        server.register_grant(grant)
    for endpoint in (Revocation, Introspection, DeviceEndpoint):
        server.register_endpoint(endpoint)

    @app.post("/oauth/token")
    def token():
        return server.create_token_response()

    for path, endpoint in (
        ("/oauth/revoke", Revocation),
        ("/oauth/introspect", Introspection),
        ("/oauth/device_authorization", DeviceEndpoint),
    ):
        answer = lambda endpoint=endpoint: server.create_endpoint_response(endpoint.ENDPOINT_NAME)
        app.add_url_rule(path, path, answer, methods=["POST"])

    @app.get("/.well-known/oauth-authorization-server")
    def metadata():
        return jsonify(
            issuer=url,
            authorization_endpoint=url + "/oauth/authorize",
            token_endpoint=url + "/oauth/token",
            revocation_endpoint=url + "/oauth/revoke",
            introspection_endpoint=url + "/oauth/introspect",
            device_authorization_endpoint=url + "/oauth/device_authorization",
            response_types_supported=["code"],
            grant_types_supported=grant_types,
            code_challenge_methods_supported=["S256"],
            token_endpoint_auth_methods_supported=AUTH_METHODS,
            scopes_supported=SCOPES,
        )

    @app.route("/login", methods=["GET", "POST"])
    def login():
        if request.method == "POST" and is_user(request.form.get("username"), request.form.get("password")):
            session["user"] = request.form["username"]
            return redirect(session.pop("after_login", "/"), 303)
        form = (
            '<form method="post"><input name="username"><input type="password" name="password">'
            '<button type="submit">Log in</button></form>'
        )
        return page("Log in", form), 403 if request.method == "POST" else 200

    def to_login():
        session["after_login"] = request.full_path
        return redirect("/login", 303)

    def question(what):
        return page(
            what,
            '<form method="post"><button type="submit" name="decision" value="allow">Allow</button>'
            '<button type="submit" name="decision" value="deny">Deny</button></form>',
        )

    @app.route("/oauth/authorize", methods=["GET", "POST"])
    def authorize():
        user = session.get("user")
        if not user:
            return to_login()
        try:
            grant = server.get_consent_grant(end_user=user)
        except OAuth2Error as error:
            return page("Error", f"<p>{error.error}</p>"), 400
        if request.method == "GET":
            return question(f"Allow {grant.client.client_id}?")
        allowed = request.form.get("decision") == "allow"
        return server.create_authorization_response(grant=grant, grant_user=user if allowed else None)

    @app.route("/device", methods=["GET", "POST"])
    def device():
        user = session.get("user")
        if not user:
            return to_login()
        user_code = request.values.get("user_code")
        found = by_user_code(user_code)
        if not found:
            form = '<form><input name="user_code"><button type="submit">Continue</button></form>'
            return page("Enter the code", form), 404 if user_code else 200
        if request.method == "GET":
            return question(f"Allow {found['client_id']}?")
        found["decision"] = (user, request.form.get("decision") == "allow")
        return page("Done", "<p>You can go back to your device.</p>")

    @app.get("/me")
    def me():
        found = find(request.headers.get("Authorization", "").removeprefix("Bearer "), "access_token")
        if not found or found.access_is_dead or found.is_expired():
            return jsonify(error="invalid_token"), 401
        return jsonify(sub=found.user)

    return app


def is_user(username, password):
    return username == os.environ["USERNAME"] and password == os.environ["PASSWORD"]


def main():
    directory = sys.argv[1]
    values = {"SCOPE": "read", "CC_ID": "cc", "CC_SECRET": os.environ["CONF_SECRET"], "CODE_ID": "code"}
    values |= {"CODECONF_ID": "codeconf", "CODECONF_SECRET": os.environ["CONF_SECRET"], "DEVICE_ID": "device"}
    values["REQUEST_LOG"] = os.path.join(directory, "requests.log")
    open(values["REQUEST_LOG"], "w").close()
    for name, rotates in (("ROTATING", True), ("FIXED", False)):
        server = Server(directory, name)
        values[f"{name}_ISSUER"] = server.url
        values[f"{name}_RESOURCE"] = server.url + "/me"
        app = application(name, server.url, rotates)
        threading.Thread(target=server.serve, args=(app,)).start()
    announce(directory, values)


main()
