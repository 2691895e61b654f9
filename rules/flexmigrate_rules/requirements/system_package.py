"""Tell of packages that need more of the operating system than pip can bring.

Google's legacy image held compilers and the development files of MySQL, PostgreSQL, XML, image and linear algebra
libraries, and a hand-written Dockerfile could install what was missing. The images of the buildpacks are smaller and
take no extra packages. A package without ready-made wheels is then compiled in the build image, and has to find its
shared libraries in the image that runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from flexmigrate.model import Finding, FixClass, Severity
from flexmigrate.project import Service
from flexmigrate.rule import Context, Example, Rule
from flexmigrate_rules.requirements._requirements import place, wanted

_UWSGI_SOURCE = "https://github.com/GoogleCloudPlatform/buildpacks/blob/main/builders/python/acceptance/flex_test.go"
# No wheels for Linux on the index, by name: what the build needs, and a way that needs nothing.
_NEEDS = {
    "mysqlclient": (
        "a C compiler and MySQL's client library",
        "PyMySQL with pymysql.install_as_MySQLdb() needs neither",
    ),
    "psycopg2": ("a C compiler and PostgreSQL's client library", "psycopg2-binary has wheels that bring it"),
    "python-ldap": ("a C compiler, OpenLDAP and SASL", "ldap3 is pure Python"),
    "pylibmc": ("libmemcached", "pymemcache is pure Python"),
    "pygraphviz": ("Graphviz", "a custom runtime can install it"),
    "gdal": ("GDAL itself", "rasterio and fiona have wheels that bring it"),
    "pycairo": ("cairo", "cairocffi or a custom runtime"),
    "xmlsec": ("a C compiler and xmlsec1, where it has no wheel", "newer releases have wheels"),
    "python3-saml": (
        "xmlsec1 through the package xmlsec, where that has no wheel",
        "newer releases of xmlsec have wheels",
    ),
    "mod-wsgi": ("Apache's development files", "use gunicorn"),
    "pyaudio": ("PortAudio", "a custom runtime can install it"),
    "dlib": ("CMake and a C++ compiler", "a custom runtime can install them"),
    "python-snappy": ("snappy, in releases before 0.7", "0.7 and later bring it"),
    "pocketsphinx": ("swig and PulseAudio", "a custom runtime can install them"),
    "textract": ("programs such as antiword and tesseract", "a custom runtime can install them"),
    "pytesseract": ("the program tesseract", "a custom runtime can install it"),
    "pdf2image": ("the programs of poppler", "a custom runtime can install them"),
    "pdfkit": ("the program wkhtmltopdf", "a custom runtime can install it"),
    "imgkit": ("the program wkhtmltoimage", "a custom runtime can install it"),
    "weasyprint": ("Pango and its companions", "a custom runtime can install them"),
    "pydub": ("the program ffmpeg", "a custom runtime can install it"),
    "ffmpeg-python": ("the program ffmpeg", "a custom runtime can install it"),
    "wand": ("ImageMagick", "Pillow needs nothing"),
    "python-magic": ("libmagic", "puremagic is pure Python"),
    "rtree": ("libspatialindex, in releases before 1.0", "newer releases have wheels"),
    "pyodbc": ("an ODBC driver of the database", "a custom runtime can install it"),
    "opencv-python": ("libGL, which only desktops have", "opencv-python-headless does without"),
    "opencv-contrib-python": ("libGL, which only desktops have", "opencv-contrib-python-headless does without"),
}


def check(service: Service, context: Context) -> Iterator[Finding]:
    if service.runtime == "custom":
        # Its Dockerfile installs what is needed, or the service would not run today.
        return
    found = wanted(service, context)
    if found is None:
        return
    for name in found.effective:
        entry = found.first(name)
        if entry is None:
            continue
        if name == "uwsgi":
            late = tuple(int(part) for part in found.python.split(".")[:2]) >= (3, 12)
            yield Finding(
                "uWSGI is compiled during the build"
                + (
                    f", and Google tests its buildpacks with uWSGI only up to Python 3.11, not on {found.python}"
                    if late
                    else ""
                ),
                entry.path,
                place(entry),
                hint="try the build before traffic depends on it; gunicorn needs no compiler",
                severity=Severity.WARNING if late else Severity.INFO,
                source=_UWSGI_SOURCE,
                key=name,
            )
        elif name in _NEEDS:
            needs, instead = _NEEDS[name]
            yield Finding(
                f"{entry.written} needs {needs}, and the images of the buildpacks may lack that",
                entry.path,
                place(entry),
                hint=f"{instead}; or try the build before traffic depends on it",
                key=name,
            )


_APP = "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n"
RULE = Rule(
    check=check,
    summary="a package needs libraries or programs of the operating system that the image may lack",
    severity=Severity.WARNING,
    fix=FixClass.MANUAL,
    source="https://github.com/GoogleCloudPlatform/python-runtime/blob/master/runtime-image/resources/apt-packages.txt",
    example=Example(
        before={"app.yaml": _APP, "requirements.txt": "mysqlclient==2.2.4\n"},
        after={"app.yaml": _APP, "requirements.txt": "mysqlclient==2.2.4\n"},
        says="mysqlclient needs a C compiler and MySQL's client library",
    ),
)
