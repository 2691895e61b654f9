"""The built-in rules of flexmigrate: what to look for in an App Engine flexible service, and why."""
