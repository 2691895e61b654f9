"""What a target platform gives a program besides its own settings, and how long it waits for it to stop.

Sources: https://cloud.google.com/appengine/docs/flexible/python/runtime (environment variables),
https://docs.cloud.google.com/run/docs/container-contract (variables, SIGTERM and 10 seconds), and the buildpacks
https://github.com/GoogleCloudPlatform/buildpacks (cmd/python/runtime, cmd/python/webserver, cmd/config/entrypoint). The
30 seconds of the flexible environment stand in no page that could be read; see docs/verify.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from flexmigrate.model import Platform

GRACE_SECONDS: Mapping[Platform, float] = {Platform.FLEX: 30.0, Platform.CLOUD_RUN: 10.0}
PORT = 8080
"""The PORT of both platforms; a program that listens there without asking works on them."""
PROJECT = "flexmigrate-verify"
# What cmd/python/webserver adds where requirements.txt does not name gunicorn.
BUILDPACK_GUNICORN = "gunicorn==22.0.0"
# The flexible environment tells the program that TLS ended before it.
REQUEST_HEADERS: Mapping[str, str] = {"X-Forwarded-Proto": "https", "User-Agent": "flexmigrate-verify"}
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


def variables(platform: Platform, service: str, memory_mb: str) -> dict[str, str]:
    """The variables that the platform sets; PORT comes with each start."""
    if platform is Platform.CLOUD_RUN:
        revision = f"{service}-00001-abc"
        return {"K_SERVICE": service, "K_REVISION": revision, "K_CONFIGURATION": service}
    return {
        "GAE_SERVICE": service,
        "GAE_VERSION": "verify",
        "GAE_INSTANCE": "verify-instance",
        "GAE_MEMORY_MB": memory_mb,
        "GOOGLE_CLOUD_PROJECT": PROJECT,
        "PYTHONUNBUFFERED": "TRUE",
    }


def container(binaries: str, home: str, temporary: str) -> dict[str, str]:
    """The little that any container has; nothing of the caller's environment is in it."""
    return {
        "PATH": f"{binaries}:{_SYSTEM_PATH}",
        "HOME": home,
        "TMPDIR": temporary,
        "LANG": "C.UTF-8",
        "PYTHONNOUSERSITE": "1",
    }
