"""Tell what a failed program lacks from what is wrong with it, by the exception's module and kind and nothing softer.

A database that does not answer here is no fault of a migration. Only an exception that says so by its own type counts:
whatever is not listed stays a fault of the service.
"""

from __future__ import annotations

import re

from flexmigrate.proving.verdicts import Kind

_TYPE = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?::\s?(?P<message>.*))?$", re.DOTALL)

_BY_TYPE: tuple[tuple[Kind, re.Pattern[str], str], ...] = (
    (
        Kind.CREDENTIAL,
        re.compile(
            r"google\.auth\.exceptions\.(?:DefaultCredentialsError|RefreshError|GoogleAuthError|MutualTLSChannelError)"
            r"|google\.api_core\.exceptions\.(?:PermissionDenied|Forbidden|Unauthenticated|Unauthorized)"
            r"|google\.cloud\.exceptions\.(?:Forbidden|Unauthorized)"
            r"|botocore\.exceptions\.(?:NoCredentialsError|PartialCredentialsError|NoRegionError)"
            r"|azure\.core\.exceptions\.ClientAuthenticationError"
        ),
        "credentials that are not here",
    ),
    (
        Kind.DATABASE,
        re.compile(
            r"(?:sqlalchemy\.exc|psycopg2(?:\.\w+)?|psycopg(?:\.errors)?|pymysql(?:\.err)?|MySQLdb(?:\.\w+)?"
            r"|mysql\.connector\.errors|peewee|django\.db\.utils|sqlite3|pg8000\.(?:dbapi|exceptions|core)"
            r"|tortoise\.exceptions|playhouse\.\w+)"
            r"\.(?:OperationalError|InterfaceError|DatabaseError|DBConnectionError)"
            r"|redis\.exceptions\.(?:ConnectionError|TimeoutError|BusyLoadingError|AuthenticationError)"
            r"|pymongo\.errors\.(?:ServerSelectionTimeoutError|ConnectionFailure|AutoReconnect|NetworkTimeout)"
            r"|elasticsearch\.exceptions\.Connection\w*|elastic_transport\.Connection\w*"
            r"|cassandra\.cluster\.NoHostAvailable|pylibmc\.(?:HostLookupError|ConnectionError)"
            r"|asyncpg\.exceptions\.\w*Connection\w*"
        ),
        "a database that is not here",
    ),
    (
        Kind.NETWORK,
        re.compile(
            r"google\.auth\.exceptions\.TransportError"
            r"|google\.api_core\.exceptions\.(?:ServiceUnavailable|RetryError|DeadlineExceeded)"
            r"|google\.cloud\.sql\.connector\.\w[\w.]*"
            r"|requests\.exceptions\.(?:ConnectionError|ConnectTimeout|ReadTimeout|Timeout)"
            r"|urllib3\.exceptions\.(?:MaxRetryError|NewConnectionError|ConnectTimeoutError)"
            r"|urllib\.error\.URLError|aiohttp\.client_exceptions\.ClientConnect\w*"
            r"|httpx\.(?:ConnectError|ConnectTimeout)|httplib2\.error\.ServerNotFoundError"
            r"|pika\.exceptions\.AMQPConnectionError|amqp\.exceptions\.\w+|kombu\.exceptions\.OperationalError"
            r"|kafka\.errors\.NoBrokersAvailable|socket\.gaierror|socket\.timeout"
            r"|ConnectionRefusedError|ConnectionResetError|TimeoutError"
        ),
        "a network service that does not answer here",
    ),
    (
        Kind.VARIABLE,
        re.compile(
            r"decouple\.UndefinedValueError|environs\.(?:exceptions\.)?EnvError|starlette\.config\.EnvironError"
        ),
        "an environment variable that is not set",
    ),
)
# What the platform itself sets, or used to set: to miss it is the migration's matter.
_PLATFORMS_OWN = re.compile(r"(?:GAE|K)_\w+|GCLOUD_PROJECT|GOOGLE_CLOUD_PROJECT|PORT|VIRTUAL_ENV|GOOGLE_APPLICATION\Z")
_OS_ENVIRON = re.compile(r'File "[^"]*\bos(?:\.py|>)", line \d+, in __getitem__')
_KEY_ERROR = re.compile(r"KeyError: (['\"])(?P<name>[A-Za-z_]\w*)\1$")
_NAMED_VARIABLE = re.compile(r"(?i)\b(?P<name>[A-Z][A-Z0-9_]{2,})\b[^.]{0,40}\benvironment variable\b")
_VARIABLE_NAMED = re.compile(r"(?i:\benvironment variable)s?[^.A-Z]{0,20}\b(?P<name>[A-Z][A-Z0-9_]{2,})\b")
_SETTINGS = re.compile(
    r"django\.core\.exceptions\.ImproperlyConfigured|(?:ValueError|RuntimeError|OSError|AssertionError)"
)
_IN_USE = re.compile(r"(?i)address already in use|connection in use: \(|port \d+ is in use")
_CLOUD_SQL_SOCKET = re.compile(r"FileNotFoundError: .*'/cloudsql/")

_NO_INDEX = re.compile(
    r"connection broken by '|Failed to establish a new connection|Temporary failure in name resolution"
    r"|error sending request for url|dns error|Could not connect, are you offline|getaddrinfo failed"
    r"|HTTP error 40[137]|status client error \(40[137]|CERTIFICATE_VERIFY_FAILED|ProxyError|tcp connect error"
)
_UNKNOWN_PROJECT = re.compile(r"\(from versions: none\)|was not found in the package registry")
_OTHER_PYTHON = re.compile(r"(?i)require a different python version|requires-python|Requires-Python")
_TOOLCHAIN = re.compile(
    r"pg_config (?:executable )?not found|mysql_config|pkg-config: (?:command )?not found"
    r"|\b(?:gcc|cc|g\+\+|cl)\b[^\n]{0,30}(?:No such file|command not found|not found|failed: No such)"
    r"|unable to execute '|Unable to find (?:a )?compiler"
    r"|Python\.h: No such file|Microsoft Visual C\+\+ [\d.]+ (?:or greater )?is required|can't find Rust compiler"
    r"|cargo[^\n]{0,30}not (?:found|installed)|Can not find valid pkg-config name|Unable to find pkg-config"
    r"|(?:libpq-fe|mysql|ffi|openssl/\w+|libxml/\w+|zlib|jpeglib|sasl/sasl|ldap|lber|krb5)\.h: No such file"
    r"|Could not find openssl|Please make sure the libxml2 and libxslt"
)


def of_program(log: str, line: str) -> tuple[Kind, str]:
    """What the decisive line of a program's log says is missing, in words; SERVICE and nothing where it does not."""
    if _CLOUD_SQL_SOCKET.search(line):
        return Kind.DATABASE, "it asks for a Cloud SQL socket, which exists on the platform only"
    if _IN_USE.search(line):
        return Kind.PORT, "another program here has the port that it insists on"
    found = _TYPE.match(line)
    if found is None:
        return Kind.SERVICE, ""
    for kind, pattern, words in _BY_TYPE:
        if pattern.fullmatch(found["type"]):
            return kind, f"it asks for {words}"
    name = _variable(log, line, found["type"], found["message"] or "")
    if name is not None and not _PLATFORMS_OWN.fullmatch(name):
        return Kind.VARIABLE, f"it asks for the environment variable {name}, which is not set: --env {name}=…"
    return Kind.SERVICE, ""


def _variable(log: str, line: str, kind: str, message: str) -> str | None:
    key = _KEY_ERROR.match(line)
    if key is not None:
        # Any dictionary raises KeyError; only the frame in os.py says that it was the environment.
        before = log[: log.rfind(line)]
        last = before[before.rfind("Traceback (most recent call last)") :]
        return key["name"] if _OS_ENVIRON.search(last) else None
    if not _SETTINGS.fullmatch(kind):
        return None
    named = _VARIABLE_NAMED.search(message) or _NAMED_VARIABLE.search(message)
    return named["name"] if named else None


def of_installer(log: str) -> tuple[Kind, str]:
    """What kept an installer from its work; SERVICE and nothing where that lies in the requirements themselves."""
    if _NO_INDEX.search(log):
        return Kind.INDEX, "the package index could not be asked from here"
    if _UNKNOWN_PROJECT.search(log) and not _OTHER_PYTHON.search(log):
        return Kind.INDEX, "no index that was asked from here has it: a private one may"
    if _TOOLCHAIN.search(log):
        return Kind.TOOLCHAIN, "it is built from source, and this machine lacks what that needs"
    return Kind.SERVICE, ""
