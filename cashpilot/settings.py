"""Every setting, read from the environment; `.env.example` lists them. Nonsense refuses to start, with a hint."""

import re
import zoneinfo
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(env.str("DOTENV", default=str(BASE_DIR / ".env")))


def env_bool(name: str, *, default: bool) -> bool:
    """A yes or a no. Anything else would silently mean no, so it refuses to start."""
    words = {"1": True, "true": True, "on": True, "yes": True, "0": False, "false": False, "off": False, "no": False}
    text = env.str(name, default=str(default)).strip().lower()
    if text not in words:
        raise ImproperlyConfigured(f"{name}={text!r}: write 1 or 0.")
    return words[text]


def env_span(name: str, default: str, unit: str, *, zero: bool = True) -> timedelta:
    """A length of time in `unit` (hours, minutes), at most a year; decimals are allowed, and 0 unless `zero` is off."""
    text = env.str(name, default=default)
    try:
        span = timedelta(**{unit: float(text)})
    except (ValueError, OverflowError) as error:
        raise ImproperlyConfigured(f"{name}={text!r}: write a number of {unit}, for example {default}.") from error
    if not timedelta(0) <= span <= timedelta(days=366) or not (span or zero):
        least = "0 or more" if zero else "more than 0"
        raise ImproperlyConfigured(f"{name}={text!r}: write {least} {unit}, and at most a year.")
    return span


def env_count(name: str, default: int, *, least: int = 0, most: int = 1_000) -> int:
    text = env.str(name, default=str(default))
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ImproperlyConfigured(f"{name}={text!r}: write a whole number from {least} to {most}.")
    return int(text)


DEBUG = env_bool("DEBUG", default=False)
DEVELOPMENT_KEY = "development-only-never-in-production"
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_KEY if DEBUG else "")
SHORTEST_KEY, FEWEST_CHARACTERS = 50, 5  # as Django asks of a key
is_guessable = len(SECRET_KEY) < SHORTEST_KEY or len(set(SECRET_KEY)) < FEWEST_CHARACTERS
if not DEBUG and (is_guessable or SECRET_KEY.startswith(DEVELOPMENT_KEY)):
    raise ImproperlyConfigured(
        "SECRET_KEY is missing or easy to guess: set it to 50 or more random characters, or DEBUG=1 to develop."
    )
# What seals are made with (cashpilot/db/sealing.py), newest first; older ones are needed to verify older seals.
AUDIT_KEYS = env.list("AUDIT_KEYS", default=[SECRET_KEY])
SHORTEST_AUDIT_KEY = 32
if not AUDIT_KEYS or min(map(len, AUDIT_KEYS)) < SHORTEST_AUDIT_KEY:
    raise ImproperlyConfigured(
        "AUDIT_KEYS, which is SECRET_KEY unless set: write keys of 32 or more random characters, newest first, with "
        "commas between them."
    )
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
if not DEBUG and (not any(ALLOWED_HOSTS) or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS: write the names people type, for example cashpilot.example.com; not *.")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# An index that holds more columns than it is sorted by is a plain one in SQLite, which is as it should be.
SILENCED_SYSTEM_CHECKS = ["models.W040"]

INSTALLED_APPS = [
    "cashpilot.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "csp",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "simple_history",
    "template_partials",
    "cashpilot",
    "pharmacies",
    "sessions_app",
    # Last: after each migrate it gives the roles the permissions of every app above (accounts/roles.py).
    "accounts",
]

MIDDLEWARE = [
    "cashpilot.web.middleware.request_log",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Safe with the secrets that pages hold: docs/decisions/0018-pages-are-compressed.md.
    "django.middleware.gzip.GZipMiddleware",
    "cashpilot.web.middleware.small_bodies",
    "cashpilot.web.middleware.session_end",
    "cashpilot.web.middleware.no_session_for_health",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "cashpilot.web.middleware.language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "cashpilot.web.middleware.htmx_answers",
    "cashpilot.web.middleware.never_stored",
    "cashpilot.web.errors.DomainErrors",
    "cashpilot.web.middleware.own_password_first",
    "cashpilot.web.middleware.second_factor_first",
    "cashpilot.web.middleware.LoginRequiredMiddleware",
]

ROOT_URLCONF = "cashpilot.urls"
WSGI_APPLICATION = "cashpilot.wsgi.application"
FORM_RENDERER = "cashpilot.web.forms.FormRenderer"
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
            ],
            "builtins": [
                "cashpilot.templatetags.cashpilot",
                "sessions_app.templatetags.shifts",
                "sessions_app.templatetags.rows",
                "sessions_app.templatetags.front_page",
                "sessions_app.templatetags.movements",
                "sessions_app.templatetags.reports",
                "sessions_app.templatetags.transfers",
                "sessions_app.templatetags.review",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_htmx.templatetags.django_htmx",
                "template_partials.templatetags.partials",
            ],
        },
    },
]

# --- Data -------------------------------------------------------------------------------------------------------------


# Who waits for a lock is answered within 5 seconds. A query of a page is compiled for longer than it would run.
LIMITS = {
    "lock_timeout": "4s",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",
}
# And so is who finds a server that says nothing (in seconds and milliseconds).
SILENCE = {
    "connect_timeout": 2,
    "tcp_user_timeout": 4000,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
}


def checked_database(name: str, address: Any) -> dict[str, Any]:
    """Return the entry of DATABASES for what the environment's variable `name` says, read by `address`."""
    hint = f"{name}: write sqlite:///path or postgres://user:password@host:5432/name."
    try:
        database: dict[str, Any] = address()
    except ValueError:
        # Not from the error: it may quote a part of the password.
        raise ImproperlyConfigured(hint) from None
    engines = ("django.db.backends.sqlite3", "django.db.backends.postgresql")
    if database.get("ENGINE") not in engines or not database["NAME"]:
        raise ImproperlyConfigured(hint)
    return _sqlite(database) if database["ENGINE"].endswith("sqlite3") else _postgresql(database)


def _sqlite(database: dict[str, Any]) -> dict[str, Any]:
    """IMMEDIATE makes every atomic block take the one write lock at its start: it stands for the row locks."""
    options = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    return database | {"ENGINE": "cashpilot.db.sqlite3", "OPTIONS": options}


def _postgresql(database: dict[str, Any]) -> dict[str, Any]:
    """Add the limits to what the address itself asks for, which counts (?sslmode=require, ?connect_timeout=10).

    A pooler that hands a connection on after each transaction (PgBouncer) takes none at its start: ?pooled=1.
    """
    asked = SILENCE | database.get("OPTIONS", {})
    is_pooled = bool(asked.pop("pooled", 0))
    if not is_pooled:
        asked["options"] = " ".join(f"-c {name}={value}" for name, value in LIMITS.items())
    return database | {
        "ENGINE": "cashpilot.db.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": asked,
        "LIMITS": LIMITS,
        "POOLED": is_pooled,
    }


here = f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASES = {"default": checked_database("DATABASE_URL", lambda: env.db("DATABASE_URL", default=here))}
# A copy that follows the database, from which reports are read.
if env.str("REPORTS_DATABASE_URL", default=""):
    DATABASES["reports"] = checked_database("REPORTS_DATABASE_URL", lambda: env.db("REPORTS_DATABASE_URL"))
    if not all(database["ENGINE"].endswith("postgresql") for database in DATABASES.values()):
        raise ImproperlyConfigured(
            "REPORTS_DATABASE_URL: a replica is PostgreSQL's, as is the database that it follows."
        )
    DATABASE_ROUTERS = ["cashpilot.db.replica.Router"]
# Of the role that serves, in PostgreSQL; `manage.py runtime_role` gives it to that role.
RUNTIME_PASSWORD = env.str("RUNTIME_PASSWORD", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Before the first migration: the default, varchar(100), is an error at 101 characters, on PostgreSQL only.
SIMPLE_HISTORY_HISTORY_CHANGE_REASON_USE_TEXT_FIELD = True
SIMPLE_HISTORY_REVERT_DISABLED = True

# --- People -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.PauseBackend", "accounts.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
] + [{"NAME": "accounts.validators.GuessableWordsValidator"}]
# The first hashes; the others read what the old system hashed, which is hashed anew at the first sign-in.
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("PBKDF2", "Argon2", "BCrypt")]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"

SESSION_ENGINE = "cashpilot.web.session_timeout"
# How long a session lasts unused; administrators are all who work in the back office.
CASHIER_IDLE = env_span("CASHIER_IDLE_MINUTES", "30", "minutes", zero=False)
ADMIN_IDLE = env_span("ADMIN_IDLE_MINUTES", "120", "minutes", zero=False)

# Wrong passwords within the length of a pause (accounts/lockout.py). The tills of a pharmacy share an address.
FAILURES_OF_AN_ACCOUNT, FAILURES_FROM_AN_ADDRESS = 5, 100
SIGN_IN_PAUSE = timedelta(minutes=15)

# Of administrators and auditors; without it each of them may set one up.
SECOND_FACTOR_REQUIRED = env_bool("SECOND_FACTOR_REQUIRED", default=False)
OTP_TOTP_ISSUER = "CashPilot"

CORRECTION_WINDOW = env_span("CORRECTION_WINDOW_HOURS", "12", "hours")

# --- Language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "es"
LANGUAGES = [("es", _("Spanish")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "cashpilot.formats"
# Paraguay gave up summer time in October 2024: the pinned tzdata counts, however old the system's own is.
zoneinfo.reset_tzpath(to=[])
TIME_ZONE = "America/Asuncion"
USE_TZ = True

# --- Browser ----------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "cashpilot.web.static_files.StaticFiles"
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

HTTPS_ONLY = env_bool("HTTPS_ONLY", default=not DEBUG)
# Who asks is what the last of them writes into X-Forwarded-For; what stands before that, anybody may have written.
PROXIES = env_count("PROXIES", default=1 if HTTPS_ONLY else 0)
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS_ONLY else None
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# A browser drops Secure cookies over plain http, so on a local network they must not be.
COOKIE_PREFIX = "__Host-" if HTTPS_ONLY else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
# By which a device is known where somebody signed in before; it opens nothing.
DEVICE_COOKIE_NAME = f"{COOKIE_PREFIX}device"
SESSION_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_SECURE = HTTPS_ONLY
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "cashpilot.web.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}django_language"
LANGUAGE_COOKIE_SECURE = HTTPS_ONLY
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_AGE = int(timedelta(days=365).total_seconds())
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# The preview of a bank's list has a field for each transfer of months.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
# In bytes, with the files in it.
LARGEST_BODY = 10_000_000
# Of the one page that takes files with months of invoices.
UPLOADS, LARGEST_UPLOAD = "/imports/new/", 66_000_000

# --- Mail -------------------------------------------------------------------------------------------------------------

try:
    vars().update(env.email_url("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25"))
except (ImproperlyConfigured, ValueError):
    raise ImproperlyConfigured("EMAIL_URL: write smtp+tls://user:password@host:587, or do not set it.") from None
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="CashPilot <cashpilot@localhost>")
# Where the links in mails lead.
SITE_URL = env.str(
    "SITE_URL", default="http://localhost:8000" if DEBUG else f"http{'s' * HTTPS_ONLY}://{ALLOWED_HOSTS[0].lstrip('.')}"
).rstrip("/")
if not SITE_URL.startswith(("http://", "https://")) or set(SITE_URL) & set(" \r\n<>"):
    raise ImproperlyConfigured(f"SITE_URL={SITE_URL!r}: write https://cashpilot.example.com, or do not set it.")

# What Prometheus says to read /metrics; without it only this machine may.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- Logs -------------------------------------------------------------------------------------------------------------

LOG_FORMAT = env.str("LOG_FORMAT", default="text" if DEBUG else "json")
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT={LOG_FORMAT!r}: write text or json.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "cashpilot.web.logs.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "cashpilot.web.logs.JsonFormatter"},
        "text": {"()": "cashpilot.web.logs.TextFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request_id"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # cashpilot.web.middleware.request_log writes the line of each request; this adds the tracebacks.
        "django.request": {"level": "ERROR"},
        "django.server": {"handlers": [], "level": "ERROR", "propagate": False},
        # Whoever knocks with a made-up name: the line of the request, a 400, says enough.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # gunicorn keeps its lines to itself unless told.
        "gunicorn.error": {"level": "INFO", "propagate": True},
    },
}

SENTRY_DSN = env.str("SENTRY_DSN", default="")
if SENTRY_DSN:
    try:
        import sentry_sdk

        sentry_sdk.init(dsn=SENTRY_DSN, send_default_pii=False)
    except ImportError as error:
        raise ImproperlyConfigured("SENTRY_DSN needs a package: pip install sentry-sdk, or do not set it.") from error
    except ValueError as error:
        raise ImproperlyConfigured(f"SENTRY_DSN is no address of a Sentry project: {error}") from error
