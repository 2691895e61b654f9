"""The command lines of web servers are read as the servers read them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flexmigrate.documents.commands import Server, ServerCommand, read_server
from flexmigrate.documents.servers import TABLES
from flexmigrate.documents.shell import Run, read
from flexmigrate.documents.shell_words import Word
from flexmigrate.documents.spans import Span


def served(text: str, **env: str) -> ServerCommand:
    (step,) = read(text)
    assert isinstance(step, Run)
    found = read_server(step, env)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    ["celery worker", "cd app", "flask db upgrade", "python", "python -c 'x'", "python manage.py migrate", "A=1"],
)
def test_other_commands_are_no_servers(text: str) -> None:
    (step,) = read(text)
    assert isinstance(step, Run)
    assert read_server(step) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("gunicorn main:app", {"app": "main:app", "binds": (), "workers": None}, id="nothing given"),
        pytest.param(
            "gunicorn -w4 -kgevent -t 90 a", {"workers": "4", "worker_class": "gevent", "timeout": "90"}, id="attached"
        ),
        pytest.param("gunicorn -w=4 --threads=8 a", {"workers": "4", "threads": "8", "app": "a"}, id="equals sign"),
        pytest.param("gunicorn --worker-cl gthread a", {"worker_class": "gthread"}, id="shortened"),
        pytest.param("gunicorn -w 1 -w 2 a", {"workers": "2"}, id="the last counts"),
        pytest.param(
            "gunicorn -c python:conf a --preload", {"config": "python:conf", "preload": True}, id="configuration module"
        ),
        pytest.param("gunicorn -Rw 3 a", {"workers": "3", "app": "a"}, id="combined letters"),
        pytest.param("gunicorn 'main:create_app()'", {"app": "main:create_app()"}, id="factory"),
        pytest.param(
            "gunicorn --graceful-timeout 5 --forwarded-allow-ips='*' a",
            {"graceful_timeout": "5", "forwarded_allow_ips": "*"},
            id="more",
        ),
        pytest.param(
            "uwsgi --http :1 --wsgi-file m.py --callable app -p 2", {"app": "m.py:app", "workers": "2"}, id="uwsgi"
        ),
        pytest.param("uwsgi --ini u.ini", {"config": "u.ini", "app": None}, id="uwsgi with ini"),
        pytest.param("uwsgi u.ini", {"config": "u.ini"}, id="uwsgi with ini as operand"),
        pytest.param("waitress-serve --threads=2 --call m:f", {"app": "m:f", "threads": "2"}, id="waitress"),
        pytest.param("uvicorn m:app --workers 2 --factory", {"app": "m:app", "workers": "2"}, id="uvicorn"),
        pytest.param("hypercorn -k uvloop -w 2 m:app", {"worker_class": "uvloop", "workers": "2"}, id="hypercorn"),
        pytest.param("daphne -t 5 m:app", {"timeout": "5", "app": "m:app"}, id="daphne"),
        pytest.param("flask --app m run", {"server": Server.FLASK, "app": "m"}, id="flask"),
        pytest.param("python manage.py runserver", {"server": Server.DJANGO, "app": "manage.py"}, id="django"),
        pytest.param("python -u main.py --x", {"server": Server.PYTHON, "app": "main.py"}, id="python"),
        pytest.param("./main.py", {"server": Server.PYTHON, "app": "./main.py"}, id="Python file by itself"),
    ],
)
def test_reads(text: str, expected: dict[str, Any]) -> None:
    found = served(text)
    assert {name: getattr(found, name) for name in expected} == expected
    assert not found.notes


@pytest.mark.parametrize(
    ("text", "host", "port", "from_port", "default"),
    [
        ("gunicorn -b :$PORT a", "", "$PORT", True, None),
        ("gunicorn -b:${PORT:-8080} a", "", "${PORT:-8080}", True, "8080"),
        ("gunicorn --bind=0.0.0.0:8080 a", "0.0.0.0", "8080", False, None),
        ("gunicorn --bind '[::]:8080' a", "::", "8080", False, None),
        ("gunicorn -b ':$PORT' a", "", "$PORT", False, None),
        ("gunicorn -b :$OTHER a", "", "$OTHER", False, None),
        ("gunicorn -b 0.0.0.0 a", "0.0.0.0", "", False, None),
        ("gunicorn -b tcp://1.2.3.4:80 a", "1.2.3.4", "80", False, None),
        ("waitress-serve --port=$PORT a", "", "$PORT", True, None),
        ("waitress-serve --listen=*:80 a", "*", "80", False, None),
        ("uvicorn a --host 0.0.0.0 --port $PORT", "0.0.0.0", "$PORT", True, None),
        ("daphne -b 0.0.0.0 -p 80 a", "0.0.0.0", "80", False, None),
        ("hypercorn --bind :$PORT a", "", "$PORT", True, None),
        ("uwsgi --http-socket :$PORT", "", "$PORT", True, None),
        ("flask run -h 0.0.0.0 -p $PORT", "0.0.0.0", "$PORT", True, None),
        ("python manage.py runserver 0.0.0.0:$PORT", "0.0.0.0", "$PORT", True, None),
        ("python manage.py runserver 80", "", "80", False, None),
    ],
)
def test_binds(text: str, host: str, port: str, from_port: bool, default: str | None) -> None:
    (bind,) = served(text).binds
    assert (bind.host, bind.port, bind.from_port, bind.default) == (host, port, from_port, default)


@pytest.mark.parametrize(
    "text", ["gunicorn -b unix:/x.sock a", "gunicorn -b fd://3 a", "uvicorn --uds /x.sock a", "uwsgi -s /x.sock"]
)
def test_sockets(text: str) -> None:
    (bind,) = served(text).binds
    assert bind.socket
    assert (bind.host, bind.port) == ("", "")


def test_several_binds() -> None:
    assert [bind.port for bind in served("gunicorn -b :1 -b :2 a").binds] == ["1", "2"]
    assert [bind.port for bind in served("waitress-serve --listen='*:1 *:2' a").binds] == ["1", "2"]


def test_gunicorn_variables_count_where_the_command_line_is_silent() -> None:
    env = {"GUNICORN_CMD_ARGS": "--bind=:9 -w 3 --preload", "WEB_CONCURRENCY": "7", "FORWARDED_ALLOW_IPS": "*"}
    found = served("gunicorn -w 2 a", **env)
    assert (found.workers, found.preload, found.forwarded_allow_ips) == ("2", True, "*")
    assert [(bind.port, bind.word) for bind in found.binds] == [("9", None)]
    assert served("gunicorn a", WEB_CONCURRENCY="7").workers == "7"
    assert [bind.port for bind in served("gunicorn -b :1 a", **env).binds] == ["1"]
    assert served("GUNICORN_CMD_ARGS='-b :$PORT' gunicorn a", **env).binds[0].from_port is False
    assert served('GUNICORN_CMD_ARGS="-b :$PORT" gunicorn a', **env).binds[0].from_port is True
    assert served("gunicorn a", GUNICORN_CMD_ARGS="'").binds == ()


def test_variables_of_others() -> None:
    assert served("flask run", FLASK_APP="m", FLASK_RUN_PORT="5").app == "m"
    assert served("flask run", FLASK_RUN_PORT="5").binds[0].port == "5"
    assert served("uvicorn a", UVICORN_PORT="5").binds[0].port == "5"


@pytest.mark.parametrize(
    "text", ["gunicorn --foo a", "gunicorn $OPTS a", "gunicorn -Z a", "gunicorn $(x) a", "python $FILE"]
)
def test_what_cannot_be_told_is_noted(text: str) -> None:
    found = served(text)
    assert found.notes


def test_unknown_options_are_kept() -> None:
    found = served("gunicorn --foo=1 a --bar")
    assert [(option.name, option.value and option.value.text, option.known) for option in found.options] == [
        ("--foo", "1", False),
        ("--bar", None, False),
    ]
    assert found.app == "a"
    assert served("uwsgi --unheard-of 5 -p 2").workers == "2"


def test_the_place_of_a_bind() -> None:
    text = 'exec gunicorn --bind="0.0.0.0:8080" a'
    (bind,) = served(text).binds
    assert bind.word is not None
    assert bind.word.place is not None
    assert bind.word.place.of(text) == "0.0.0.0:8080"


def test_tables_agree_with_themselves() -> None:
    for table in TABLES.values():
        assert table.flags <= set(table.names.values())


@settings(deadline=None)
@given(
    st.sampled_from(["gunicorn", "uwsgi", "waitress-serve", "uvicorn", "daphne", "hypercorn", "flask", "python"]),
    st.lists(st.text()),
)
def test_any_arguments_are_read(program: str, arguments: list[str]) -> None:
    run = Run(tuple(Word(argument, Span(0, 0)) for argument in (program, *arguments)), Span(0, 0))
    found = read_server(run, {"GUNICORN_CMD_ARGS": " ".join(arguments)})
    assert found is None or isinstance(found, ServerCommand)
