"""All settings, read from the environment (.env.example lists every variable).

With no SECRET_KEY in the environment this is the embedded install, to try Care out: SQLite, an own broker and a
mailbox under `var/`, on this machine only. With one it is production, and nothing is left to a default that is
unsafe.
"""

import hashlib
import os
import secrets
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from environs import Env

from care.lib.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
env.read_env(os.environ.get("CARE_ENV_FILE", str(BASE_DIR / ".env")), recurse=False)  # not those of folders above

VAR = Path(env.str("CARE_VAR", str(BASE_DIR / "var")))
VAR.mkdir(parents=True, exist_ok=True)

EMBEDDED = not env.str("SECRET_KEY", "")
DEBUG = env.bool("DEBUG", False)
if EMBEDDED and not env.bool("DEBUG", True):
    raise ImproperlyConfigured("Set SECRET_KEY in the environment: with DEBUG=0 Care does not make one up.")
# Somebody tries Care out or works on it, on this machine only: no second factor, and mail is read in the browser.
TRYING_OUT = EMBEDDED or DEBUG


def _embedded_secret() -> str:
    """The embedded install's own key, made at first start and kept, so that sessions survive a restart."""
    path = VAR / "secret_key"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", "") or _embedded_secret()
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])


def _address_of_up() -> str:
    """Where `manage.py up` listens in this folder, or last did: another port than 8000 when that was taken."""
    try:
        return (VAR / "up.lock").read_text().split()[1]
    except (FileNotFoundError, IndexError):
        return "http://localhost:8000"


# The address people reach this install at; links in mail begin with it.
BASE_URL = (env.str("BASE_URL", "") or _address_of_up()).rstrip("/")
# The health page is asked for by this machine itself, whatever the address outside.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", [urlsplit(BASE_URL).hostname or "", "localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [BASE_URL])

# --- applications

INSTALLED_APPS = [
    "care",
    "attentions",
    "outbox",
    "members",
    "care.admin_config.CareAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    # Also what breaks in one of those below, or is answered by it, is kept by nobody and shown in no frame.
    "members.middleware.private_by_default",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "members.middleware.SignInFirst",
    "members.middleware.idle_time_out",
    "members.middleware.language",
    "members.middleware.not_by_address",
    "members.middleware.too_many_requests",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "care.urls"
WSGI_APPLICATION = "care.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "care.context.shell",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- database

if env.str("DATABASE_URL", ""):
    DATABASES = {"default": env.dj_db_url("DATABASE_URL")}
    # Pages come one after the other and keep their connection; a worker does not, for a database may restart under it.
    _KEPT = 60 if "care.wsgi" in sys.modules else 0
    DATABASES["default"].update(CONN_MAX_AGE=env.int("CONN_MAX_AGE", _KEPT), CONN_HEALTH_CHECKS=True)
    if "postgresql" in DATABASES["default"]["ENGINE"]:
        options = DATABASES["default"].setdefault("OPTIONS", {})
        options.setdefault("prepare_threshold", 5)  # what care.lib.prepared runs often is planned once
        # To compile a query takes PostgreSQL longer than the queries of a page take.
        options.setdefault("options", "-c jit=off")
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": VAR / "db.sqlite3",
            "TEST": {"NAME": VAR / "test.sqlite3"},
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-20000;"
                "PRAGMA secure_delete=ON;",  # what is erased is written over
            },
        }
    }

# The cache is shared by processes and must not need Redis: the web stays up while Redis is down.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Over it, rows go at random, and with them the counts of failed logins. What has run out goes every hour.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- jobs


def _embedded_socket() -> Path:
    """Where the embedded broker listens. AF_UNIX paths end at 107 bytes: a long one falls back to the temp folder."""
    path = VAR / "broker.sock"
    if len(os.fsencode(path)) <= 100:
        return path
    folder = Path(tempfile.gettempdir()) / f"care-{os.getuid()}-{hashlib.sha256(os.fsencode(VAR)).hexdigest()[:12]}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / "broker.sock"


REDIS_URL = env.str("REDIS_URL", "")
EMBEDDED_SOCKET = None if REDIS_URL else _embedded_socket()
CELERY_BROKER_URL = REDIS_URL or f"redis+socket://{EMBEDDED_SOCKET}"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "health_check_interval": 30,
    # A nudge is tried once. One retry costs six seconds at a broker that takes connections and does not answer.
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # worker and Beat wait for a broker that is away, however long
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # and for one that refuses to be written to: its disk or memory is full
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_TASK_TIME_LIMIT = 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 300_000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
# A letter that is on its way when Redis goes is brought to its end: cancelled, nobody would know whether it arrived.
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "every-minute-drain-outbox": {"task": "outbox.drain", "schedule": 60.0},
    "every-minute-settle": {"task": "attentions.settle", "schedule": 60.0},
    "every-minute-import": {"task": "members.import", "schedule": 60.0},
    "every-15-minutes-plan": {"task": "attentions.plan", "schedule": 900.0},
    "hourly-housekeeping": {"task": "care.housekeeping", "schedule": 3600.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")

# --- accounts

AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "members.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "members.accounts.LoginForm",
    "add_email": "members.accounts.AddEmailForm",
    "change_password": "members.accounts.ChangePasswordForm",
    "set_password": "members.accounts.SetPasswordForm",
    "reset_password": "members.accounts.ResetPasswordForm",
    "reset_password_from_key": "members.accounts.ResetPasswordKeyForm",
    "request_login_code": "members.accounts.LoginCodeForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# A code travels through the outbox and a mail server before it is read; three wrong ones end it.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
# Sessions last 14 days from their last use; those of the team end after 12 idle hours (members.middleware).
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Whoever has just chosen a password by a link in their mail is in; the second factor is asked for all the same.
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "members.accounts.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = TRYING_OUT
# Owners and builders see everybody's data: they sign in with two factors, except while trying Care out.
REQUIRE_TWO_FACTOR = env.bool("REQUIRE_TWO_FACTOR", not TRYING_OUT)

# --- mail: everything leaves through the outbox

EMAIL_BACKEND = "outbox.backend.OutboxBackend"
# smtp://user:password@host:port, smtp+tls:// (STARTTLS), smtps://, or maildir:///folder
EMAIL_URL = env.str("EMAIL_URL", "") or (f"maildir://{VAR / 'mailbox'}" if TRYING_OUT else "")
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", 20)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "") or "care@localhost"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- language and time

USE_TZ = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["care.formats"]
# `--now` works only with this; never set it where real members are.
TIME_TRAVEL = env.bool("CARE_TIME_TRAVEL", False)

# --- static files

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"
        if TRYING_OUT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TRYING_OUT
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# --- security

HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_SSL_REDIRECT = HTTPS and env.bool("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
# How many proxies stand before us: their word about the client's address is believed, nobody else's.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 1 if env.bool("BEHIND_PROXY", False) else 0)
if env.bool("BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
# Personal details kept encrypted (secrets of the second factor) use this key; a change needs the old one as a fallback.
FIELD_KEYS = [SECRET_KEY, *SECRET_KEY_FALLBACKS]

# Who may read /metrics: Prometheus, with this bearer token. Without one there is no such page.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")

LOGGING_CONFIG = None
logging_config(is_for_people=TRYING_OUT)
