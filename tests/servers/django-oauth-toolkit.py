"""django-oauth-toolkit as three issuers on three free loopback ports, all with the same clients and the same user:

  ROTATING  every refresh gives a new refresh token; using an old one again revokes the whole family
  GRACE     as ROTATING, but for a minute an old refresh token is answered with the same tokens as the first time
  FIXED     the refresh token stays the same

The library's settings hold for a process, so each issuer is a process and has a database of its own. A device may ask
for its token once a second.

usage: django-oauth-toolkit.py DIR, with server.key, server.crt, sign.key in DIR and the credentials in the environment.
Writes DIR/issuers when all three accept connections.
"""

import ctypes
import os
import shutil
import signal
import sys

import django
from django.conf import settings

from https_wsgi import Server, announce

DIRECTORY = sys.argv[1]
ISSUERS = {
    "ROTATING": {"REFRESH_TOKEN_REUSE_PROTECTION": True},
    "GRACE": {"REFRESH_TOKEN_REUSE_PROTECTION": True, "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 60},
    "FIXED": {"ROTATE_REFRESH_TOKEN": False},
}


def file(name):
    return os.path.join(DIRECTORY, name)


with open(file("sign.key")) as key:
    PROVIDER = {
        "OIDC_ENABLED": True,
        "OIDC_RSA_PRIVATE_KEY": key.read(),
        "SCOPES": {"openid": "who you are", "read": "reading", "write": "writing"},
        "DEFAULT_SCOPES": ["read"],
        "ACCESS_TOKEN_EXPIRE_SECONDS": 3600,
        "REFRESH_TOKEN_EXPIRE_SECONDS": 86400,
        "DEVICE_FLOW_INTERVAL": 1,
    }

settings.configure(
    SECRET_KEY=os.urandom(32).hex(),
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["localhost"],
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        # It answers a path without its last slash with 301.
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
        }
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": file("database"),
            # Else two requests at once are answered with 500 now and then.
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
        }
    },
    USE_TZ=True,
    LOGIN_URL="/login/",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    # A slow one would cost every login of every test.
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    OAUTH2_PROVIDER=PROVIDER,
)
django.setup()

from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpResponse
from django.template import engines
from django.urls import include, path
from oauth2_provider import urls as oauth2_urls
from oauth2_provider.models import Application
from oauth2_provider.settings import oauth2_settings

LOGIN = engines["django"].from_string(
    '<html><body><form method="post">{% csrf_token %}{{ form.as_p }}<button type="submit">Log in</button></form>'
    "</body></html>"
)


class Login(LoginView):
    def render_to_response(self, context, **_):
        return HttpResponse(LOGIN.render(context, self.request))


urlpatterns = [
    path("login/", Login.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    # RFC 8414 §3.1: where an issuer with a path has its metadata.
    path("", include((oauth2_urls.metadata_urlpatterns, "metadata"))),
]


def fill_database():
    call_command("migrate", verbosity=0)
    User.objects.create_user(os.environ["USERNAME"], password=os.environ["PASSWORD"])
    conf, post, enc = (os.environ[name] for name in ("CONF_SECRET", "POST_SECRET", "ENC_SECRET"))
    password, code = Application.GRANT_PASSWORD, Application.GRANT_AUTHORIZATION_CODE
    # An application has one grant, and may always refresh. Its secret is taken from the header and from the body alike.
    for client_id, secret, grant in (
        ("conf", conf, password),
        ("enc", enc, password),
        ("post", post, password),
        ("encpost", enc, password),
        ("pub", "", password),
        ("cc", conf, Application.GRANT_CLIENT_CREDENTIALS),
        ("code", "", code),
        ("codeconf", conf, code),
        ("device", "", Application.GRANT_DEVICE_CODE),
    ):
        Application.objects.create(
            client_id=client_id,
            name=client_id,
            client_secret=secret,
            client_type=Application.CLIENT_CONFIDENTIAL if secret else Application.CLIENT_PUBLIC,
            authorization_grant_type=grant,
            # RFC 8252 §7.3: any port of these.
            redirect_uris="http://127.0.0.1/ http://127.0.0.1/callback http://[::1]/ http://[::1]/callback",
            algorithm=Application.RS256_ALGORITHM,
        )
    # Not to be shared by the processes.
    connection.close()


def start(name, more):
    """Starts the issuer in a process that ends with this one. Returns its values."""
    server = Server(DIRECTORY, name)
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        settings.DATABASES["default"]["NAME"] = shutil.copy(file("database"), file("database." + name))
        device = server.url + "/o/device/"
        PROVIDER.update(
            more,
            OIDC_ISS_ENDPOINT=server.url + "/o",
            OAUTH_DEVICE_VERIFICATION_URI=device,
            OAUTH_DEVICE_VERIFICATION_URI_COMPLETE=lambda code: f"{device}?user_code={code}",
        )
        # A cookie holds for every port of the host.
        settings.SESSION_COOKIE_NAME = "session-" + name
        settings.CSRF_COOKIE_NAME = "csrf-" + name
        oauth2_settings.reload()
        server.serve(get_wsgi_application())
    server.socket.close()
    return {
        f"{name}_ISSUER": server.url + "/o",
        f"{name}_RESOURCE": server.url + "/o/userinfo/",
        # In neither metadata.
        f"{name}_DEVICE_ENDPOINT": server.url + "/o/device-authorization/",
    }


def main():
    values = {"SCOPE": "openid read", "CC_ID": "cc", "CC_SECRET": os.environ["CONF_SECRET"], "CODE_ID": "code"}
    values |= {"CODECONF_ID": "codeconf", "CODECONF_SECRET": os.environ["CONF_SECRET"], "DEVICE_ID": "device"}
    values["REQUEST_LOG"] = file("requests.log")
    for stale in ("database", "requests.log"):
        if os.path.exists(file(stale)):
            os.remove(file(stale))
    fill_database()
    for name, more in ISSUERS.items():
        values |= start(name, more)
    announce(DIRECTORY, values)
    os.wait()


main()
