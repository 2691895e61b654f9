"""The built-in rules of flexmigrate: what to look for in an App Engine flexible service, and why.

One module is one rule; its name is the rule's name. To add one, write a module with a docstring (the reason), a
function `check(service, context)` that yields findings, and `RULE`; docs/writing-rules.md walks through it. Modules
with a leading underscore are shared by rules and hold none.
"""

__version__ = "0.1.0"
