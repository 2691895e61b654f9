"""What pins.py measures: which releases are installed, and what a service would do first with them."""

from __future__ import annotations

from dataclasses import dataclass

# Releases that a legacy service is likely to pin, by package: the last of each minor version, and what people wrote.
INSTALLS: dict[str, str] = {
    "pyyaml": "3.11 3.12 3.13 5.1 5.1.2 5.3.1 5.4 5.4.1 6.0 6.0.1 6.0.2",
    "markupsafe": "0.23 1.0 1.1.0 1.1.1 2.0.0 2.0.1 2.1.0 2.1.1 2.1.3 2.1.5",
    "wsgiref": "0.1.2",
    "futures": "3.0.5 3.1.1 3.2.0 3.3.0",
    "typing": "3.6.6 3.7.4.3",
    "dataclasses": "0.6 0.8",
    "pkg-resources": "0.0.0",
    "mysql-python": "1.2.5",
    "python-openid": "2.2.5",
    "pycrypto": "2.6.1",
    "sklearn": "0.0",
    "backports-ssl-match-hostname": "3.5.0.1",
    "uwsgi": "2.0.17 2.0.18 2.0.20 2.0.22 2.0.23 2.0.26 2.0.28",
    "gevent": "1.2.2 1.3.7 1.4.0 1.5.0 20.9.0 21.1.2 21.12.0 22.10.2 23.9.1 24.2.1 24.11.1",
    "greenlet": "0.4.12 0.4.17 1.0.0 1.1.2 1.1.3 2.0.2 3.0.3 3.1.1",
    "cffi": "1.7.0 1.11.5 1.14.6 1.15.0 1.15.1 1.16.0 1.17.1",
    "cryptography": "1.9 2.1.4 2.3.1 2.9.2 3.2.1 3.4.8 36.0.2 38.0.4 41.0.7",
    "psycopg2-binary": "2.7.7 2.8.6 2.9.1 2.9.3 2.9.5 2.9.6 2.9.9 2.9.10",
    "psycopg2": "2.6.2 2.7.7 2.8.6 2.9.9",
    "mysqlclient": "1.3.7 1.3.13 1.4.6 2.0.3 2.1.1 2.2.4",
    "numpy": "1.9.2 1.11.3 1.13.1 1.13.3 1.14.6 1.15.4 1.16.6 1.17.5 1.18.5 1.19.5 1.20.3 1.21.6 1.22.4 1.23.5 1.24.4 "
    "1.25.2 1.26.4 2.0.2 2.1.3 2.2.6",
    "pandas": "0.20.3 0.22.0 0.23.4 0.24.2 0.25.3 1.0.1 1.0.5 1.1.5 1.2.5 1.3.5 1.4.4 1.5.3 2.0.3 2.1.4 2.2.3",
    "scipy": "0.19.1 1.0.1 1.2.3 1.4.1 1.5.4 1.6.3 1.7.3 1.8.1 1.9.3 1.10.1 1.11.4 1.12.0 1.13.1",
    "scikit-learn": "0.19.0 0.20.4 0.21.3 0.22.2.post1 0.23.2 0.24.2 1.0.2 1.1.3 1.2.2 1.3.2 1.4.2 1.5.2",
    "matplotlib": "2.2.5 3.0.3 3.1.3 3.2.2 3.3.4 3.4.3 3.5.3 3.6.3 3.7.5 3.8.4",
    "pillow": "3.4.2 4.3.0 5.4.1 6.2.2 7.2.0 8.4.0 9.0.1 9.1.1 9.5.0 10.0.1 10.4.0",
    "lxml": "3.7.3 4.2.6 4.6.5 4.9.1 4.9.3 4.9.4 5.1.0 5.2.2",
    "grpcio": "1.12.1 1.20.1 1.32.0 1.36.1 1.41.1 1.48.2 1.51.3 1.53.0 1.56.2 1.58.0 1.59.3 1.60.1 1.62.3 1.66.2 "
    "1.67.1",
    "ujson": "1.35 2.0.3 4.3.0 5.1.0 5.4.0 5.8.0",
    "aiohttp": "2.3.10 3.5.4 3.6.3 3.7.4.post0 3.8.1 3.8.3 3.8.6 3.9.5 3.10.11",
    "yarl": "1.3.0 1.4.2 1.5.1 1.6.3 1.7.2 1.8.2 1.9.4",
    "multidict": "4.5.2 4.7.6 5.1.0 5.2.0 6.0.2 6.0.4 6.0.5",
    "frozenlist": "1.2.0 1.3.0 1.3.3 1.4.0 1.4.1",
    "typed-ast": "1.3.1 1.4.3 1.5.4 1.5.5",
    "regex": "2018.1.10 2019.11.1 2020.11.13 2021.11.10 2022.10.31 2023.10.3",
    "bcrypt": "3.1.7 3.2.0 4.0.1",
    "pynacl": "1.2.1 1.3.0 1.4.0 1.5.0",
    "simplejson": "3.8.1 3.16.0 3.17.6 3.19.1",
    "wrapt": "1.10.11 1.11.2 1.12.1 1.13.3 1.14.1 1.15.0 1.16.0",
    "msgpack": "0.5.6 0.6.2 1.0.0 1.0.4 1.0.8",
    "pymongo": "2.9.5 3.3.1 3.6.0 3.7.2 3.10.1 3.12.3 4.1.1 4.3.3",
    "tornado": "4.5.3 5.1.1 6.0.4 6.1 6.2",
    "psutil": "5.4.8 5.6.7 5.8.0 5.9.0",
    "tensorflow": "1.4.0 1.13.1 1.15.5 2.3.0 2.8.0 2.11.0 2.12.0 2.14.0 2.15.0 2.16.1 2.17.0 2.20.0",
    "torch": "1.4.0 1.7.0 1.12.1 1.13.1 2.0.1 2.1.2 2.2.2 2.4.1 2.5.1",
    "spacy": "2.0.18 2.1.9 2.2.4 2.3.2 3.0.9 3.4.4 3.7.5",
    "gensim": "3.8.3 4.3.2",
    "h5py": "2.10.0 3.1.0 3.8.0",
    "numba": "0.48.0 0.53.1 0.57.1 0.58.1",
    "statsmodels": "0.9.0 0.11.1 0.13.5 0.14.0",
    "shapely": "1.6.4 1.7.1 1.8.5 2.0.2",
}


@dataclass(frozen=True, slots=True)
class Smoke:
    """What is run with a package; `caps` are ceilings for what it needs, tried when the newest of all do not work."""

    releases: str
    code: str
    caps: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


_CALL = """
import io, wsgiref.util
def call(application):
    environ = {}
    wsgiref.util.setup_testing_defaults(environ)
    said = []
    body = b"".join(application(environ, lambda status, headers, *rest: said.append(status)))
    assert said[0].startswith("200"), (said, body[:300])
"""
_FLASK = (
    _CALL
    + """
from flask import Flask, jsonify, render_template_string
app = Flask(__name__)
app.secret_key = "x"
@app.route("/")
def page():
    jsonify(a=1)
    return render_template_string("{{ x|tojson }} {{ x }}", x="<")
call(app)
"""
)
_DJANGO = (
    _CALL
    + """
import django
from django.conf import settings
settings.configure(
    DEBUG=True, SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE_CLASSES=(), MIDDLEWARE=[],
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
from django.http import HttpResponse
def page(request):
    return HttpResponse("x")
try:
    from django.urls import re_path as url
except ImportError:
    from django.conf.urls import url
from django.core.wsgi import get_wsgi_application
urlpatterns = [url(r"^$", page)]
call(get_wsgi_application())
"""
)
_FLASK_SQLALCHEMY = (
    _CALL
    + """
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
app.config["SQLALCHEMY_TRACK_MODIFICATIONS"] = False
db = SQLAlchemy(app)
class Thing(db.Model):
    id = db.Column(db.Integer, primary_key=True)
@app.route("/")
def page():
    db.create_all()
    return str(Thing.query.count())
call(app)
"""
)
_FLASK_CAPS = ("werkzeug<1", "markupsafe<2.1", "itsdangerous<2.1", "werkzeug<2.1", "werkzeug<3", "jinja2<3.1")

SMOKES: dict[str, Smoke] = {
    # Releases before those that gunicorn_matrix.py starts.
    "gunicorn": Smoke(
        "17.5 18.0 19.0.0 19.1.1 19.2.1 19.3.0 19.4.5 19.5.0",
        "import gunicorn.app.wsgiapp, gunicorn.arbiter, gunicorn.workers.sync\n"
        "from gunicorn.config import Config\nConfig().set('workers', 2)",
    ),
    "setuptools": Smoke(
        "28.8.0 40.2.0 41.2.0 44.1.1 47.1.0 49.2.1 50.3.2 53.0.0 56.0.0 57.5.0 58.1.0 59.6.0 62.6.0 65.5.1 66.1.0 "
        "67.8.0 69.5.1 75.8.0 80.9.0 81.0.0",
        "import pkg_resources; pkg_resources.get_distribution('setuptools')",
    ),
    "pyyaml": Smoke(
        "3.11 3.12 3.13 5.1 5.1.2 5.3.1",
        "import yaml; assert yaml.load('a: {b: [1]}', Loader=yaml.SafeLoader)",
        # As on a machine without libyaml, where these releases do without their extension.
        options=("--config-setting=--global-option=--without-libyaml",),
    ),
    "flask": Smoke(
        "0.10.1 0.11.1 0.12 0.12.2 0.12.5 1.0 1.0.2 1.0.4 1.1.0 1.1.1 1.1.2 1.1.4 2.0.0 2.0.1 2.0.2 2.0.3 2.1.0 2.1.2 "
        "2.1.3 2.2.0 2.2.2 2.2.5 2.3.2 2.3.3 3.0.3",
        _FLASK,
        _FLASK_CAPS,
    ),
    "werkzeug": Smoke(
        "0.11.11 0.12.2 0.14.1 0.15.6 0.16.1 1.0.1 2.0.3 2.1.2 2.2.2 2.2.3 2.3.8 3.0.6",
        "import werkzeug, werkzeug.routing, werkzeug.wrappers, werkzeug.serving, werkzeug.datastructures",
    ),
    "jinja2": Smoke(
        "2.7.3 2.8 2.8.1 2.9.6 2.10 2.10.1 2.10.3 2.11.1 2.11.3 3.0.3 3.1.2",
        "import jinja2; assert jinja2.Template('{{ a }}').render(a=1) == '1'",
        ("markupsafe<2.1",),
    ),
    "itsdangerous": Smoke("0.24 1.1.0 2.0.1 2.1.2", "import itsdangerous; itsdangerous.URLSafeTimedSerializer('a')"),
    "click": Smoke("6.6 6.7 7.0 7.1.2 8.0.4 8.1.7", "import click"),
    "six": Smoke(
        "1.5.2 1.9.0 1.10.0 1.11.0 1.12.0 1.14.0 1.15.0 1.16.0", "import six; from six.moves import urllib, http_client"
    ),
    "requests": Smoke(
        "2.3.0 2.9.1 2.11.1 2.13.0 2.18.4 2.19.1 2.20.1 2.21.0 2.22.0 2.23.0 2.25.1 2.28.2 2.31.0",
        "import requests; requests.Session()",
    ),
    "urllib3": Smoke("1.21.1 1.22 1.24.3 1.25.11 1.26.1 1.26.5 1.26.14 1.26.15 1.26.20 2.0.7", "import urllib3"),
    "django": Smoke(
        "1.7.1 1.8.19 1.9.2 1.10.8 1.11.29 2.0.13 2.1.15 2.2.28 3.0.14 3.1.14 3.2.25 4.0.10 4.1.13 4.2.16 5.0.9 5.1.4",
        _DJANGO,
    ),
    "djangorestframework": Smoke(
        "3.7.7 3.8.2 3.9.4 3.10.3 3.11.2 3.12.4 3.13.1 3.14.0", "import rest_framework", beside=()
    ),
    "sqlalchemy": Smoke(
        "1.0.19 1.1.18 1.2.19 1.3.13 1.3.24 1.4.0 1.4.54 2.0.36",
        "import sqlalchemy as s; from sqlalchemy import orm\n"
        "e = s.create_engine('sqlite://'); c = e.connect(); assert list(c.execute(s.text('select 1')))",
    ),
    "flask-sqlalchemy": Smoke(
        "2.1 2.3.2 2.4.4 2.5.1 3.0.5",
        _FLASK_SQLALCHEMY,
        ("sqlalchemy<1.4", "sqlalchemy<2", "flask<2.2", "werkzeug<2.1", "flask<2.3", "werkzeug<3"),
    ),
    "flask-cors": Smoke("2.1.2 3.0.3 3.0.7 3.0.10 4.0.1", "import flask_cors"),
    "flask-login": Smoke(
        "0.4.1 0.5.0 0.6.2 0.6.3", "import flask_login", ("werkzeug<2.1", "flask<2.2", "werkzeug<3", "flask<2.3")
    ),
    "flask-wtf": Smoke(
        "0.14.2 0.14.3 0.15.1 1.0.1", "import flask_wtf", ("werkzeug<1", "werkzeug<2.1", "flask<2.2", "flask<2.3")
    ),
    "flask-restful": Smoke("0.3.6 0.3.8 0.3.9 0.3.10", "import flask_restful", ("werkzeug<2.1", "flask<2.2")),
    "flask-restplus": Smoke("0.10.1 0.12.1 0.13.0", "import flask_restplus", ("werkzeug<0.17", "flask<2")),
    "flask-pymongo": Smoke("0.4.1 0.5.1 2.3.0", "import flask_pymongo", ("pymongo<4",)),
    "flask-migrate": Smoke("2.0.3 2.5.3 2.7.0 4.0.7", "import flask_migrate"),
    "flask-babel": Smoke("0.11.2 1.0.0 2.0.0", "import flask_babel", ("flask<2.3", "werkzeug<2.1")),
    "flask-socketio": Smoke("2.9.6 4.3.2 5.3.6", "import flask_socketio"),
    "celery": Smoke("3.1.26.post2 4.1.1 4.2.2 4.3.1 4.4.7 5.0.5 5.2.7", "from celery import Celery; Celery('a').conf"),
    "redis": Smoke("2.10.6 3.2.0 3.5.3 4.5.5", "import redis; redis.Redis()"),
    "pymysql": Smoke("0.7.1 0.7.9 0.8.0 0.9.2 0.9.3 0.10.1 1.0.2", "import pymysql"),
    "pymongo": Smoke("3.3.1 3.6.0 3.7.2 3.10.1 3.12.3 4.1.1", "import pymongo; from pymongo import MongoClient"),
    "google-cloud-datastore": Smoke(
        "1.0.0 1.4.0 1.7.1 1.8.0 1.15.3 2.1.0 2.8.0 2.13.0 2.15.2 2.19.0",
        "from google.cloud import datastore",
    ),
    "google-cloud-storage": Smoke(
        "0.21.0 1.2.0 1.7.0 1.13.0 1.28.1 1.44.0 2.0.0 2.1.0 2.2.1 2.5.0 2.9.0",
        "from google.cloud import storage",
    ),
    "google-cloud-logging": Smoke(
        "1.0.0 1.4.0 1.8.0 1.15.3 2.7.1 3.1.2 3.5.0 3.8.0",
        "import google.cloud.logging",
    ),
    "google-cloud-error-reporting": Smoke(
        "0.29.0 0.30.0 0.33.0 1.1.2 1.6.1 1.9.1", "from google.cloud import error_reporting"
    ),
    "google-cloud-pubsub": Smoke(
        "0.28.4 0.39.1 1.0.2 1.7.2 2.1.0 2.9.0 2.13.0 2.18.4",
        "from google.cloud import pubsub_v1",
    ),
    "google-cloud-bigquery": Smoke("1.6.1 1.28.3 2.6.2 2.34.4 3.3.6 3.14.1", "from google.cloud import bigquery"),
    "google-cloud-vision": Smoke("0.33.0 1.0.2 2.0.0 2.8.0 3.1.4 3.4.5", "from google.cloud import vision"),
    "google-cloud-translate": Smoke("1.3.3 2.0.3 3.0.2 3.8.4", "from google.cloud import translate_v2"),
    "google-cloud-firestore": Smoke("0.29.0 1.9.0 2.0.2 2.3.4 2.11.1", "from google.cloud import firestore"),
    "google-cloud-tasks": Smoke("1.5.0 2.0.0 2.7.2 2.13.1", "from google.cloud import tasks_v2"),
    "google-cloud-secret-manager": Smoke("1.0.0 2.0.0 2.8.0 2.16.4", "from google.cloud import secretmanager"),
    "google-cloud-monitoring": Smoke("0.31.1 1.1.0 2.0.0 2.9.1 2.15.1", "from google.cloud import monitoring_v3"),
    "google-cloud-core": Smoke("0.28.1 1.0.3 1.7.3 2.0.0 2.3.2", "import google.cloud.client"),
    "google-cloud-ndb": Smoke("1.3.2 1.11.1 2.1.1", "from google.cloud import ndb"),
    "google-cloud-language": Smoke("1.0.2 1.3.0 2.0.0 2.6.1", "from google.cloud import language_v1"),
    "google-cloud-speech": Smoke("0.36.3 1.3.2 2.0.1 2.14.1", "from google.cloud import speech_v1"),
    "google-api-core": Smoke("1.5.2 1.14.3 1.31.6 2.0.1 2.8.2 2.11.1", "import google.api_core.exceptions"),
    "google-auth": Smoke(
        "1.5.1 1.11.3 1.35.0 2.3.3 2.12.0",
        "import google.auth, google.auth.transport.requests",
        beside=("requests",),
    ),
    "google-api-python-client": Smoke("1.4.2 1.6.7 1.7.4 1.8.4 1.12.11 2.51.0", "import googleapiclient.discovery"),
    "oauth2client": Smoke("1.5.1 2.0.0 3.0.0 4.0.0 4.1.2 4.1.3", "import oauth2client.client"),
    "httplib2": Smoke("0.9.2 0.10.3 0.11.3 0.14.0 0.18.1 0.20.4 0.22.0", "import httplib2; httplib2.Http()"),
    "rsa": Smoke("3.2 3.4.2 4.0 4.7.2", "import rsa"),
    "pyasn1": Smoke("0.1.9 0.4.4 0.4.8", "import pyasn1.type.univ"),
    "uritemplate": Smoke("0.6 3.0.0 4.1.1", "import uritemplate"),
    "retrying": Smoke("1.3.3", "import retrying"),
    "honcho": Smoke("0.7.1 1.0.1 1.1.0 2.0.0", "import honcho.command"),
    "psq": Smoke("0.7.0 0.8.0", "import psq"),
    "mock": Smoke("2.0.0 3.0.5 4.0.3", "import mock"),
    "protobuf": Smoke(
        "3.0.0 3.6.1 3.11.3 3.15.8 3.17.3 3.19.6 3.20.3 4.21.12",
        "from google.protobuf import descriptor_pb2, json_format",
    ),
    "pyjwt": Smoke("1.5.3 1.6.4 1.7.1 2.0.1 2.4.0", "import jwt; jwt.encode({}, 'a' * 40, algorithm='HS256')"),
    "python-dateutil": Smoke("2.4.2 2.5.3 2.6.1 2.7.5 2.8.2", "import dateutil.parser, dateutil.tz"),
    "beautifulsoup4": Smoke(
        "4.4.1 4.5.3 4.6.0 4.6.3 4.7.1 4.9.3", "import bs4; bs4.BeautifulSoup('<a>', 'html.parser')"
    ),
    "twilio": Smoke("5.7.0 6.3.0 6.35.5 7.16.5", "import twilio.rest"),
    "sendgrid": Smoke("2.2.1 3.6.5 5.6.0 6.1.0 6.9.7", "import sendgrid"),
    "gspread": Smoke("0.6.2 3.1.0 3.7.0 5.12.0", "import gspread"),
    "gcloud": Smoke("0.8.0 0.18.3", "from gcloud import storage"),
    "tweepy": Smoke("3.5.0 3.6.0 3.8.0 3.10.0 4.12.1", "import tweepy"),
    "django-allauth": Smoke("0.19.1 0.35.0 0.40.0 0.51.0", "import allauth"),
    "django-environ": Smoke("0.4.5 0.8.1 0.11.2", "import environ; environ.Env()"),
    "django-storages": Smoke("1.7.1 1.9.1 1.11.1 1.13.2", "import storages"),
    "connexion": Smoke("1.5.3 2.7.0 2.14.2", "import connexion; connexion.App(__name__)"),
    "webapp2": Smoke("2.5.2 3.0.0b1", "import webapp2"),
    "bottle": Smoke("0.12.13 0.12.25", "import bottle; bottle.default_app()"),
    "falcon": Smoke("1.4.1 2.0.0 3.1.3", "import falcon"),
    "tornado": Smoke("4.5.3 5.1.1 6.0.4 6.1 6.2 6.4.1", "import tornado.web, tornado.ioloop, tornado.httpserver"),
    "fastapi": Smoke(
        "0.44.1 0.63.0 0.68.2 0.75.2 0.89.1 0.95.2 0.104.1",
        "import fastapi; app = fastapi.FastAPI()\n@app.get('/')\ndef a(b: int = 1): ...",
    ),
    "uvicorn": Smoke(
        "0.11.8 0.13.4 0.17.6 0.20.0 0.23.2", "import uvicorn; uvicorn.Config('a:b').setup_event_loop if True else 0"
    ),
    "pydantic": Smoke(
        "1.4 1.8.2 1.10.2 1.10.13 1.10.19", "import pydantic\nclass A(pydantic.BaseModel):\n a: int\nA(a=1)"
    ),
    "dash": Smoke(
        "0.21.1 0.43.0 1.0.2 1.21.0 2.0.0 2.6.2 2.14.2",
        "import dash; dash.Dash(__name__)",
        ("flask<2.2", "werkzeug<2.1", "flask<2.3", "werkzeug<3"),
    ),
    "raven": Smoke("6.6.0 6.10.0", "import raven; from raven.contrib.flask import Sentry", beside=("flask", "blinker")),
    "sentry-sdk": Smoke("0.10.2 0.19.5 1.5.12 1.39.2", "import sentry_sdk; sentry_sdk.init()"),
    "apscheduler": Smoke(
        "3.3.1 3.6.3 3.7.0 3.9.1 3.10.1", "import apscheduler.schedulers.background as b; b.BackgroundScheduler()"
    ),
    "line-bot-sdk": Smoke("1.5.0 1.8.0 2.4.3", "import linebot"),
    "flask-talisman": Smoke("0.4.1 0.7.0 1.0.0", "import flask_talisman"),
    "flask-mail": Smoke("0.9.1", "import flask_mail"),
    "flask-bootstrap": Smoke("3.3.7.1", "import flask_bootstrap"),
    "flask-script": Smoke("2.0.5 2.0.6", "import flask_script"),
    "flask-httpauth": Smoke("3.2.3 4.1.0", "import flask_httpauth"),
    "flask-jwt-extended": Smoke("3.7.2 3.25.1 4.4.4", "import flask_jwt_extended"),
    "flask-admin": Smoke("1.5.0 1.5.8 1.6.1", "import flask_admin; flask_admin.Admin()"),
    "flask-caching": Smoke("1.3.3 1.10.1 2.0.2", "import flask_caching"),
    "flask-sockets": Smoke("0.2.1", "import flask_sockets"),
    "flask-oauthlib": Smoke("0.9.4 0.9.6", "import flask_oauthlib.client"),
    "wtforms": Smoke("2.1 2.2.1 2.3.3 3.0.1", "import wtforms"),
    "oauthlib": Smoke("1.0.3 2.0.0 3.1.0", "import oauthlib.oauth2"),
    "requests-oauthlib": Smoke("0.5.0 0.8.0 1.3.0", "import requests_oauthlib"),
    "requests-toolbelt": Smoke(
        "0.8.0 0.9.1 0.10.1 1.0.0", "import requests_toolbelt; import requests_toolbelt.adapters.appengine"
    ),
    "cachetools": Smoke("2.0.1 3.1.1 4.2.4", "import cachetools"),
    "python-jose": Smoke("1.4.0 2.0.2 3.2.0", "from jose import jwt"),
    "sqlalchemy-utils": Smoke("0.32.21 0.36.8 0.38.3", "import sqlalchemy_utils"),
}
