"""flexmigrate moves App Engine flexible Python services to a supported runtime.

A rule pack imports what it needs from `flexmigrate.model`, `flexmigrate.rule`, `flexmigrate.project` and
`flexmigrate.documents`; everything else is the engine's own business.
"""

__version__ = "0.1.0"
