"""Tokens out of URLs: for whatever is stored, shown or handed to another program's command line."""

from __future__ import annotations

import re

_USER_PART = re.compile(r"(?i)\b((?:https?|ssh|git|ftps?)://)[^\s/@'\"]*(?:@[^\s/@'\"]*)*@")
_TOKEN = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|gl[a-z]{2,5}-[A-Za-z0-9_-]{16,}"
    r"|ATB[A-Za-z0-9_=-]{20,}|AKIA[0-9A-Z]{16})\b"
)
_QUERY = re.compile(r"(?i)([?&](?:access_token|private_token|token|password|key)=)[^&\s'\"]+")
_HEADER = re.compile(r"(?i)(authorization:\s*\w+\s+)\S+")


def redact(text: str) -> str:
    """The text without user names and passwords of URLs and without anything that looks like a forge's token.

    The user name of an ssh URL is kept: it is no secret, and the URL does not work without it.
    """
    text = _USER_PART.sub(_without_user, text)
    text = _QUERY.sub(r"\1***", text)
    return _HEADER.sub(r"\1***", _TOKEN.sub("***", text))


def _without_user(match: re.Match[str]) -> str:
    scheme, user = match[1], match[0][len(match[1]) : -1]
    return f"{scheme}{user.split(':')[0]}@" if scheme.lower() == "ssh://" else scheme


def bare_url(url: str) -> str:
    """The URL to store and to give to git: it names the repository and nobody's password."""
    return redact(url)
