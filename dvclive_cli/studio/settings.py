"""Which Studio, which repository, which token: found out once for a run.

Precedence, as DVC has it: environment, then DVC's configuration (`dvc studio login` writes it), then the Git
remote. `DVC_EXP_GIT_REMOTE`, or `exp.git_remote` of the configuration, names the repository before all
others, also outside Git. The token is held by `Settings` alone and shown by nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from dvclive_cli import env
from dvclive_cli.repository import vcs

DEFAULT_URL = "https://studio.datachain.ai"
TOKENS, REPOSITORIES = ("DVC_STUDIO_TOKEN", "STUDIO_TOKEN"), ("DVC_STUDIO_REPO_URL", "STUDIO_REPO_URL")
URL, OFFLINE, ENDPOINT = "DVC_STUDIO_URL", "DVC_STUDIO_OFFLINE", "STUDIO_ENDPOINT"
_TRUE = ("1", "y", "yes", "true")


class Settings(NamedTuple):
    """Where live updates go.

    Parameters:
        url, endpoint: of the server, and the path below it.
        repo_url: of the repository, as the server knows it; None where nothing tells it.
        token: the secret. source: where it was found, in words.
    """

    url: str
    endpoint: str
    repo_url: str | None
    token: str
    source: str

    def __repr__(self) -> str:
        return f"Settings(url={self.url!r}, repo_url={self.repo_url!r}, source={self.source!r})"

    @property
    def own(self) -> bool:
        """Whether the server is somebody's own, not the public one."""
        return self.url.rstrip("/") != DEFAULT_URL


def wanted(environ: Mapping[str, str], dvc_root: str | None) -> bool:
    """Whether there may be a token: a cheap look, before anything is imported."""
    if _is_on(environ.get(OFFLINE)):
        return False
    return any(environ.get(name) for name in TOKENS) or any(map(_mentions_studio, _files(environ, dvc_root)))


def find(environ: Mapping[str, str], git_root: str | None, dvc_root: str | None) -> Settings | None:
    """The settings; None where no token is given, or it is turned off."""
    configured = _configured(environ, dvc_root)
    known = configured["studio"]
    if _is_on(environ.get(OFFLINE)) or _is_on(known.get("offline")):
        return None
    token, source = _first(environ, TOKENS)
    if not token:
        token, source = str(known.get("token") or ""), "DVC's configuration (`dvc studio login`)"
    if not token:
        return None
    told = environ.get(env.DVC_EXP_GIT_REMOTE) or configured["exp"].get("git_remote")
    repository = _remote_named(told, git_root) if told else None
    repository = repository or _first(environ, REPOSITORIES)[0] or known.get("repo_url")
    repository = repository or (remote(git_root) if git_root else None)
    url = environ.get(URL) or known.get("url") or DEFAULT_URL
    return Settings(str(url), environ.get(ENDPOINT) or "api/live", repository or None, token, source)


def remote(git_root: str) -> str | None:
    """The URL of the branch's remote, else of origin, else of the only one."""
    names = _git(git_root, "remote").split()
    branch = _git(git_root, "symbolic-ref", "--quiet", "--short", "HEAD").strip()
    tracked = _git(git_root, "config", f"branch.{branch}.remote").strip() if branch else ""
    for name in (tracked, "origin", *(names if len(names) == 1 else ())):
        if name in names:
            return _git(git_root, "remote", "get-url", name).strip() or None
    return None


def without_credentials(url: str) -> str:
    """A repository's URL without what CI systems put into it: `https://ci-token:secret@host/path`.

    >>> without_credentials("https://user:secret@example.com/o/r"), without_credentials("git@example.com:o/r")
    ('https://example.com/o/r', 'git@example.com:o/r')
    """
    scheme, sep, rest = url.partition("://")
    if scheme not in ("http", "https") or not sep:
        return url
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def _remote_named(told: str, git_root: str | None) -> str | None:
    """DVC takes a URL there, or the name of a remote; of a name that is none nothing follows."""
    if "/" in told or ":" in told:
        return told
    return _git(git_root, "remote", "get-url", told).strip() or None if git_root else None


def _git(root: str, *words: str) -> str:
    try:
        return vcs.git(root, *words, timeout=10)
    except vcs.GitError:
        return ""


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, str]:
    return next(((environ[name], name) for name in names if environ.get(name)), ("", ""))


def _is_on(value: object) -> bool:
    return str(value).strip().lower() in _TRUE


def _files(environ: Mapping[str, str], dvc_root: str | None) -> list[str]:
    """DVC's configuration files, weakest first (dvc.org/doc/user-guide/project-structure/configuration)."""
    home = environ.get("HOME") or os.path.expanduser("~")
    places = [
        os.path.join(environ.get("DVC_SYSTEM_CONFIG_DIR") or "/etc/xdg/dvc", "config"),
        os.path.join(
            environ.get("DVC_GLOBAL_CONFIG_DIR")
            or os.path.join(environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "dvc"),
            "config",
        ),
    ]
    if dvc_root is not None:
        places += [os.path.join(dvc_root, ".dvc", name) for name in ("config", "config.local")]
    return places


def _configured(environ: Mapping[str, str], dvc_root: str | None) -> dict[str, dict[str, Any]]:
    """The sections `studio` and `exp` over all files."""
    import configparser

    known: dict[str, dict[str, Any]] = {"studio": {}, "exp": {}}
    for path in _files(environ, dvc_root):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue  # DVC says what is wrong with it
        for section in known:
            found = parser[section] if parser.has_section(section) else {}
            known[section].update({key: value.strip("\"'") for key, value in found.items()})
    return known


def _mentions_studio(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return b"studio" in file.read(1 << 20)
    except OSError:
        return False
