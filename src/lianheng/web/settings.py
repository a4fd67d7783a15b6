"""One settings file. Every value that an office may change is an environment variable with a safe default."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from lianheng.web.database import database_from_url

PACKAGE = Path(__file__).resolve().parent
PROJECT = PACKAGE.parents[2]

# Where everything that belongs to this office lies: database, evidence, keys. Kept outside the program.
DATA = Path(os.environ.get("LIANHENG_DATA", PROJECT / "data")).resolve()
EVIDENCE = Path(os.environ.get("LIANHENG_EVIDENCE", DATA / "evidence"))
KEYS = Path(os.environ.get("LIANHENG_KEYS", DATA / "keys"))
# Checkpoints of the trail are also appended here; let another department fetch this file.
CHECKPOINT_FILE = Path(os.environ.get("LIANHENG_CHECKPOINTS", DATA / "checkpoints.txt"))

# "demo": demonstration accounts and a fixed date are allowed; "production": the start refuses them; "test": the suite.
MODE = os.environ.get("LIANHENG_MODE", "demo")
if MODE not in {"demo", "production", "test"}:
    raise ImproperlyConfigured(f"LIANHENG_MODE is '{MODE}': write demo, production or test")


def _fixed_today() -> str:
    """Return the day at which a demonstration stands, as `bin/up --today` keeps it; empty means the clock."""
    kept = DATA / "demo-today"
    given = os.environ.get("LIANHENG_TODAY", "")
    return given or (kept.read_text().strip() if MODE == "demo" and kept.exists() else "")


# The demonstration runs at this fixed, displayed date.
FIXED_TODAY = _fixed_today()


def _secret_key() -> str:
    given = os.environ.get("LIANHENG_SECRET_KEY")
    if given:
        return given
    path = KEYS / "secret_key"
    if path.exists():
        return path.read_text().strip()
    if MODE == "test":
        return "only-for-tests"
    raise ImproperlyConfigured(f"no secret key: run 'lianheng keys make' (it writes {path}) or set LIANHENG_SECRET_KEY")


SECRET_KEY = _secret_key()
DEBUG = os.environ.get("LIANHENG_DEBUG") == "1"
# Host names under which the office reaches the server, separated by commas.
ALLOWED_HOSTS = os.environ.get("LIANHENG_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
if MODE != "production":
    # The name by which Django's own test browser asks.
    ALLOWED_HOSTS.append("testserver")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("LIANHENG_ORIGINS", "").split(",") if o]
# Set to 1 behind an HTTPS proxy: cookies travel over HTTPS only.
HTTPS = os.environ.get("LIANHENG_HTTPS") == "1"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "lianheng.web.shell",
    "lianheng.web.trail",
    "lianheng.web.accounts",
    "lianheng.web.units",
    "lianheng.web.evidence",
    "lianheng.web.measures",
    "lianheng.web.standards",
    "lianheng.web.assessment",
    "lianheng.web.desk",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "lianheng.web.shell.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "lianheng.web.accounts.middleware.PersonMiddleware",
    "lianheng.web.accounts.log_in_again.log_in_again",
    "lianheng.web.shell.middleware.say_not_allowed",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "lianheng.web.accounts.middleware.FirstStepsMiddleware",
    "lianheng.web.desk.middleware.fresh_badge",
    "lianheng.web.trail.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "lianheng.web.urls"
WSGI_APPLICATION = "lianheng.web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lianheng.web.shell.context.page",
            ],
            "builtins": ["lianheng.web.shell.templatetags.shell"],
        },
    }
]

DATABASES = {"default": database_from_url(os.environ.get("DATABASE_URL", f"sqlite:///{DATA / 'lianheng.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/login/"
# The first makes every password that a person chose; the second reads one-time codes until they were typed once.
PASSWORD_HASHERS = [
    f"django.contrib.auth.hashers.{'MD5' if MODE == 'test' else 'Argon2'}PasswordHasher",
    "lianheng.web.accounts.one_time_codes.OneTimeCodeHasher",
]
# Demonstration accounts may do without a second factor, so that a visitor can try them; 0 asks for it there too.
DEMO_WITHOUT_TOTP = MODE == "demo" and os.environ.get("LIANHENG_DEMO_WITHOUT_TOTP", "1") == "1"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# The session brings its person and what counts for this person in one query.
SESSION_ENGINE = "lianheng.web.accounts.sessions"
# A session ends after this many idle seconds (default 8 working hours) and with the browser.
SESSION_COOKIE_AGE = int(os.environ.get("LIANHENG_SESSION_SECONDS", "28800"))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "lianheng.web.shell.views.csrf_failure"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

FORM_RENDERER = "lianheng.web.shell.form_renderer.QuickControls"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "lianheng.web.shell.static_addresses.StaticAddresses"},
}
STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# Uploads: the largest accepted file in bytes (default 20 MiB) and form body.
MAX_UPLOAD = int(os.environ.get("LIANHENG_MAX_UPLOAD", str(20 * 1024 * 1024)))
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
if MODE == "test":
    TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}

LOG = os.environ.get("LIANHENG_LOG", "WARNING")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": LOG},
    # A form that comes back with its errors, a refusal, a page that is not there: answers, not the server's troubles.
    "loggers": {"django.request": {"level": "ERROR" if LOG == "WARNING" else LOG}},
}
