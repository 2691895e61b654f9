"""The web servers whose command lines are read, and the options they take."""

from __future__ import annotations

from enum import StrEnum

from flexmigrate.documents.options import Dialect, OptionTable, table


class Server(StrEnum):
    """A program that serves an application, or Python itself running a file."""

    GUNICORN = "gunicorn"
    UWSGI = "uwsgi"
    WAITRESS = "waitress"
    UVICORN = "uvicorn"
    DAPHNE = "daphne"
    HYPERCORN = "hypercorn"
    FLASK = "flask"
    DJANGO = "django"
    PYTHON = "python"


PROGRAMS = {
    "gunicorn": Server.GUNICORN,
    "gunicorn3": Server.GUNICORN,
    "uwsgi": Server.UWSGI,
    "waitress-serve": Server.WAITRESS,
    "waitress": Server.WAITRESS,
    "uvicorn": Server.UVICORN,
    "daphne": Server.DAPHNE,
    "hypercorn": Server.HYPERCORN,
    "flask": Server.FLASK,
    "django-admin": Server.DJANGO,
}

TABLES: dict[Server, OptionTable] = {
    Server.GUNICORN: table(
        "-b,--bind -w,--workers --threads -k,--worker-class -c,--config -t,--timeout --graceful-timeout --keep-alive "
        "--forwarded-allow-ips --proxy-allow-from --backlog --worker-connections --max-requests --max-requests-jitter "
        "--limit-request-line --limit-request-fields --limit-request-field_size -n,--name -m,--umask -u,--user "
        "-g,--group -p,--pid --worker-tmp-dir --chdir -e,--env --pythonpath --access-logfile --access-logformat "
        "--error-logfile --log-file --log-level --logger-class --log-config --log-config-dict --log-config-json "
        "--log-syslog-to --log-syslog-prefix --log-syslog-facility --statsd-host --statsd-prefix --dogstatsd-tags "
        "--keyfile --certfile --ssl-version --cert-reqs --ca-certs --ciphers --reload-extra-file --reload-engine "
        "--paste,--paster --header-map --forwarder-headers --secure-scheme-headers --control-socket "
        "--control-socket-mode --dirty-app --dirty-workers --dirty-timeout --dirty-threads --dirty-graceful-timeout "
        "--settings --http-protocols --protocol --uwsgi-allow-from --http2-cleartext --http2-max-concurrent-streams "
        "--http2-initial-window-size --http2-max-frame-size --http2-max-header-list-size --paste-global --asgi-loop "
        "--asgi-lifespan --asgi-disconnect-grace-period --websocket-max-message-size --http-parser --root-path",
        "--preload --reload --spew --check-config --print-config -D,--daemon -i,--initgroups --capture-output "
        "-R,--enable-stdio-inheritance --log-syslog --disable-redirect-access-to-syslog --no-sendfile --sendfile "
        "--proxy-protocol --do-handshake-on-connect --suppress-ragged-eofs --reuse-port --strip-header-spaces "
        "--permit-unconventional-http-method --permit-unconventional-http-version --permit-obsolete-folding "
        "--casefold-http-method --no-control-socket --enable-backlog-metric -v,--version -h,--help",
    ),
    Server.UWSGI: table(
        "--http --http-socket --http11-socket -s,--socket --uwsgi-socket -w,--module --wsgi-file,--file --callable "
        "--mount -p,--processes --workers --threads --harakiri --chdir --chdir2 -H,--home --virtualenv --venv "
        "--pythonpath --pp --env --ini -y,--yaml --xml --json --gevent --asyncio --plugin --plugins -b,--buffer-size "
        "-l,--listen --http-timeout --uid --gid --max-requests --static-map --logto -z,--socket-timeout "
        "--http-processes --wsgi --logformat --stats --reload-mercy --worker-reload-mercy --cheaper --set -t",
        "-M,--master --enable-threads --die-on-term --vacuum --need-app --lazy-apps --lazy --single-interpreter "
        "--manage-script-name --thunder-lock --http-keepalive --auto-procname --ignore-sigpipe --ignore-write-errors "
        "--disable-write-exception -L,--disable-logging --log-master --strict --offload-threads --py-call-osafterfork "
        "--http-auto-chunked --add-header-default --no-orphans -i --skip-atexit-teardown",
        Dialect.GETOPT,
        greedy=True,
    ),
    Server.WAITRESS: table(
        "--listen --host --port --threads --trusted-proxy --trusted-proxy-count --trusted-proxy-headers --url-scheme "
        "--url-prefix --unix-socket --unix-socket-perms --connection-limit --cleanup-interval --channel-timeout "
        "--backlog --recv-bytes --send-bytes --outbuf-overflow --inbuf-overflow --max-request-header-size "
        "--max-request-body-size --ident --asyncore-loop-timeout --channel-request-lookahead "
        "--outbuf-high-watermark --server-name --app",
        "--call --ipv4 --no-ipv4 --ipv6 --no-ipv6 --expose-tracebacks --no-expose-tracebacks --asyncore-use-poll "
        "--no-asyncore-use-poll --clear-untrusted-proxy-headers --no-clear-untrusted-proxy-headers "
        "--log-untrusted-proxy-headers --log-socket-errors --no-log-socket-errors --help",
        Dialect.GETOPT,
    ),
    Server.UVICORN: table(
        "--host --port --uds --fd --workers --loop --http --ws --lifespan --interface --env-file --log-config "
        "--log-level --forwarded-allow-ips --root-path --limit-concurrency --limit-max-requests --backlog "
        "--timeout-keep-alive --timeout-graceful-shutdown --timeout-worker-healthcheck --ssl-keyfile --ssl-certfile "
        "--ssl-keyfile-password --ssl-version --ssl-cert-reqs --ssl-ca-certs --ssl-ciphers --header --app-dir "
        "--h11-max-incomplete-event-size --ws-max-size --ws-max-queue --ws-ping-interval --ws-ping-timeout "
        "--ws-per-message-deflate --reload-dir --reload-include --reload-exclude --reload-delay "
        "--limit-max-requests-jitter",
        "--reload --debug --proxy-headers --no-proxy-headers --server-header --no-server-header --date-header "
        "--no-date-header --access-log --no-access-log --use-colors --no-use-colors --factory --version --help "
        "--http2 --reset-contextvars",
        Dialect.CLICK,
    ),
    Server.DAPHNE: table(
        "-b,--bind -p,--port -u,--unix-socket --fd -e,--endpoint -v,--verbosity -t,--http-timeout --access-log "
        "--log-fmt --ping-interval --ping-timeout --application-close-timeout --websocket_timeout "
        "--websocket_connect_timeout --ws-protocol --root-path --proxy-headers-host --proxy-headers-port "
        "-s,--server-name --websocket-max-message-size --websocket-max-frame-size",
        "--proxy-headers --no-server-name -h,--help",
    ),
    Server.HYPERCORN: table(
        "-b,--bind -w,--workers -k,--worker-class -c,--config --graceful-timeout --access-log --access-logfile "
        "--access-logformat --backlog --ca-certs --certfile --cert-reqs --ciphers --error-log --error-logfile "
        "--log-file "
        "-g,--group --insecure-bind --keep-alive --keyfile --keyfile-password --log-config --log-level --max-requests "
        "--max-requests-jitter -p,--pid --quic-bind --read-timeout --root-path --server-name --statsd-host "
        "--statsd-prefix -m,--umask -u,--user --verify-mode --websocket-ping-interval --proxy-mode",
        "--debug --reload -D,--daemon -h,--help",
    ),
    Server.FLASK: table(
        "-A,--app -e,--env-file -h,--host -p,--port --cert --key --extra-files --exclude-patterns",
        "--debug --no-debug --reload --no-reload --debugger --no-debugger --with-threads --without-threads "
        "--eager-loading --lazy-loading --help",
        Dialect.CLICK,
    ),
    Server.DJANGO: table(
        "--settings --pythonpath -v,--verbosity --addrport",
        "-6,--ipv6 --nothreading --noreload --insecure --nostatic --no-color --force-color --traceback --skip-checks "
        "-h,--help",
    ),
}
