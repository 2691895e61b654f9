"""Whether a service's own Python files import a package, told from their bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flexmigrate.project import Service

# What these bring is imported with them, whether or not the service's own files name it.
_BROUGHT_BY = {
    **dict.fromkeys(("werkzeug", "jinja2", "markupsafe", "itsdangerous", "click", "blinker"), ("flask",)),
    **dict.fromkeys(("urllib3", "chardet", "idna", "certifi"), ("requests",)),
    **dict.fromkeys(("httplib2", "uritemplate", "google-auth-httplib2"), ("googleapiclient",)),
    **dict.fromkeys(("protobuf", "google-api-core", "google-cloud-core", "google-auth"), ("google.cloud",)),
    "sqlalchemy": ("flask_sqlalchemy",),
    "pyyaml": ("connexion",),
    "starlette": ("fastapi",),
    "pydantic": ("fastapi",),
}
# These ask for setuptools themselves, in the releases of the years in question. Its newest brings back `distutils`.
_WITH_SETUPTOOLS = re.compile(
    r"setuptools|google-.*|grpcio-tools|protobuf|gevent|zope-.*|celery|kombu|jsonschema|ipython|sphinx|pytest|honcho|"
    r"tensor(?:flow|board).*|spacy|nltk|python-jose|markdown|flower|pylint|astroid|fiona|torch|lightgbm|gcloud|mock|"
    r"python-saml|babel|pbr|apscheduler|eventlet|django-extensions|lightning|wandb|jupyter.*|notebook"
)
_MODULES = {
    "beautifulsoup4": "bs4",
    "pyjwt": "jwt",
    "google-api-python-client": "googleapiclient",
    "google-auth": "google.auth",
    "google-api-core": "google.api_core",
    "protobuf": "google.protobuf",
    "python-dateutil": "dateutil",
    "python-jose": "jose",
    "python-telegram-bot": "telegram",
    "line-bot-sdk": "linebot",
    "djangorestframework": "rest_framework",
    "django-environ": "environ",
    "django-storages": "storages",
    "django-allauth": "allauth",
    "pyopenssl": "OpenSSL",
    "mysql-python": "MySQLdb",
    "pyyaml": "yaml",
    "slackclient": "slack",
    "apache-beam": "apache_beam",
    "attrs": "attr",
    "python-social-auth": "social",
    "scikit-learn": "sklearn",
}


def imported(service: Service, package: str) -> bool | None:
    """Whether the service imports a package, itself or through another; None when it has no Python files to tell."""
    modules = [module_of(package), *_BROUGHT_BY.get(package, ())]
    pattern = re.compile(_line(modules), re.MULTILINE)
    paths = [path for path in service.files(".py") if not _is_test(path)]
    if not paths:
        return None
    return any(pattern.search(service.repository.data(path) or b"") for path in paths)


def setuptools_may_come(names: Iterable[str], gunicorn: str | None) -> bool:
    """Whether some requirement brings setuptools, gunicorn 20 among them; then `distutils` can be imported again."""
    return (gunicorn or "").startswith("20.") or any(_WITH_SETUPTOOLS.fullmatch(name) for name in names)


def module_of(package: str) -> str:
    """The module that a package is imported by."""
    if package in _MODULES:
        return _MODULES[package]
    if package.startswith("google-cloud-"):
        return "google.cloud." + package.removeprefix("google-cloud-").replace("-", "_")
    return package.replace("-", "_")


def _line(modules: list[str]) -> bytes:
    found: list[str] = []
    for module in modules:
        head, _, tail = module.rpartition(".")
        name = re.escape(module)
        found.append(rf"(?:from|import)[ \t]+(?:[\w., \t]*[, \t])?{name}\b")
        if head:
            found.append(rf"from[ \t]+{re.escape(head)}[ \t]+import\b[^\n]*\b{re.escape(tail)}")
    return ("^[ \t]*(?:" + "|".join(found) + ")").encode()


def _is_test(path: str) -> bool:
    parts = path.split("/")
    return (
        parts[-1].startswith("test_") or parts[-1] == "conftest.py" or any(p in ("tests", "test") for p in parts[:-1])
    )
