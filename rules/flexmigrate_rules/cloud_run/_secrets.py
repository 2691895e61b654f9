"""Which values look like secrets, by name and by how random they are; a value is looked at and never repeated."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_TELLING = frozenset(
    ("password", "passwd", "passphrase", "pwd", "pass", "secret", "secrets", "token", "apikey", "credential")
) | frozenset(("credentials", "creds", "salt", "pepper", "dsn", "privatekey", "secretkey", "accesskey", "authkey"))
_BEFORE_KEY = frozenset(
    ("api", "private", "secret", "access", "auth", "encryption", "signing", "master", "server", "service", "crypt")
) | frozenset(("jwt", "hmac", "aes", "fernet", "license", "stripe", "sendgrid", "mailgun", "maps", "app", "account"))
# What follows such a word often is only about the secret.
_ABOUT = frozenset(
    ("file", "path", "name", "id", "url", "uri", "host", "header", "ttl", "expiry", "expires", "expiration", "length")
) | frozenset(("timeout", "seconds", "minutes", "hours", "days", "age", "type", "algorithm", "enabled", "prefix"))
_KNOWN = re.compile(
    r"sk_(?:live|test)_\w{8,}|gh[pousr]_\w{20,}|github_pat_\w{20,}|AKIA[0-9A-Z]{12,}|AIza[\w-]{30,}|xox[abprs]-[\w-]{10,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}|glpat-[\w-]{16,}|ya29\.[\w-]{20,}|key-[0-9a-f]{32}"
)
_PASSWORD_IN_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
_RANDOM = re.compile(r"[A-Za-z0-9+/_=.!@#$%^&*()-]{20,}")
_PUBLIC = re.compile(
    r"(?i)(?:https?|gs|s3|redis|amqp|mysql|postgres(?:ql)?|mongodb)://|projects/|/|[\w.+-]+@[\w-]+\.\w|(?:true|false)$"
)
_WORDS = re.compile(r"[a-z]+(?:[-_.][a-z0-9]+)*|[\d.:,-]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def looks_secret(name: str, value: str) -> str:
    """Why a variable looks like a secret; empty where it does not. The reason never holds the value."""
    if not value or value.lower() in ("none", "true", "false", "null", "0", "1"):
        return ""
    if _KNOWN.search(value):
        return "its value has the form of a known kind of key"
    if "-----BEGIN" in value and "PRIVATE KEY" in value:
        return "its value is a private key"
    if _PASSWORD_IN_URL.match(value):
        return "its value is an address with a password in it"
    if _is_reference(value):
        return ""
    if _telling_name(name):
        return "its name says so"
    if _is_random(value):
        return "its value looks random"
    return ""


def _is_reference(value: str) -> bool:
    return bool(re.match(r"(?:projects/[^/]+/secrets/|sm://|berglas://|gcp-secret)", value))


def _telling_name(name: str) -> bool:
    parts = [part.lower() for part in _PARTS.findall(name)]
    if not parts or parts[-1] in _ABOUT:
        return False
    if any(part in _TELLING for part in parts):
        return True
    joined = "".join(parts)
    if joined.endswith(("apikey", "secretkey", "privatekey", "password", "accesskey")):
        return True
    return any(key == "key" and before in _BEFORE_KEY for before, key in pairwise(parts))


def _is_random(value: str) -> bool:
    """Long, without blanks, no words, and about as many different characters as chance would give."""
    if not _RANDOM.fullmatch(value) or _PUBLIC.match(value) or _WORDS.fullmatch(value):
        return False
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    hexadecimal = re.fullmatch(r"[0-9a-f]{32,}|[0-9A-F]{32,}", value) is not None
    return entropy(value) >= (3.0 if hexadecimal else 3.7) and (
        kinds == 3 or hexadecimal or (kinds == 2 and len(value) >= 32)
    )


def entropy(value: str) -> float:
    """Shannon's entropy in bits per character."""
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())


def secret_id(service: str, variable: str) -> str:
    """The name of a variable's secret in Secret Manager, which is one for the whole project."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", f"{service}-{variable}")[:255]
