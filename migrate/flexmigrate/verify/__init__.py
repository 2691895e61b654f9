"""Try a service as the target platform would: copy, install, compile, start, ask, stop.

Everything happens in a scratch folder; the repository is only read. It runs the repository's code, so nothing that
plans or applies may import it.
"""

from flexmigrate.verify.stages import Options, Subject, verify_service

__all__ = ["Options", "Subject", "verify_service"]
