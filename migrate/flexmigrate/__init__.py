"""flexmigrate moves App Engine flexible Python services to a supported runtime.

The names a rule pack needs are exported here; everything else is the engine's own business.
"""

__version__ = "0.1.0"
