"""The files of a built frontend, and the answers for paths without a file."""

from __future__ import annotations

import errno
import os
import stat
from typing import NamedTuple

from starlette.datastructures import URL, Headers
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from rapide.routing.frontend_paths import Directory, Fallback, missing_directory
from rapide.runtime.threads import run_in_thread

INDEX = "index.html"
NOT_FOUND = "404.html"
FALLBACKS = ("auto", INDEX, NOT_FOUND, None)

#: The media types that a browser accepts for a page, but not for scripts or data.
_PAGES = frozenset({"text/html", "application/xhtml+xml"})


class File(NamedTuple):
    """A file to send."""

    path: str
    stat: os.stat_result
    status: int = 200
    is_index: bool = False


class FrontendFiles(StaticFiles):
    """A directory with a built frontend.

    Args:
        directory: The built files.
        fallback: The file for paths that do not exist: `index.html` for navigation, `404.html`
            with that status for everything, `auto` for the first that there is; None for none.
        check_dir: Whether the directory, and a fallback file named here, must exist now.

    Raises:
        AssertionError: The fallback is unknown.
        RuntimeError: The directory or the fallback file does not exist.
    """

    def __init__(self, directory: Directory, fallback: Fallback, *, check_dir: bool) -> None:
        assert fallback in FALLBACKS, (
            f"fallback must be 'auto', '{INDEX}', '{NOT_FOUND}', or None, not {fallback!r}"
        )
        if check_dir and not os.path.isdir(directory):
            raise RuntimeError(missing_directory(directory))
        super().__init__(directory=directory, html=True, check_dir=check_dir)
        self.fallback = fallback
        if check_dir and fallback in (INDEX, NOT_FOUND):
            self._required(fallback)

    async def respond(self, file_path: str, scope: Scope) -> Response:
        """Return the response to a request for a path below the frontend.

        Raises:
            HTTPException: 404 without a file and a fallback; 405 for other methods than GET and
                HEAD when there is a file; 401 when it must not be read.
        """
        if not self.config_checked:
            await self.check_config()
            self.config_checked = True
        return await self.get_response(_system_path(file_path), scope)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the response with the file at a relative path of the system."""
        file = await run_in_thread(self._find, path)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(404 if file is None else 405)
        if file is None:
            file = await run_in_thread(self._fall_back, scope)
        elif file.is_index and not scope["path"].endswith("/"):
            url = URL(scope=scope)
            return RedirectResponse(url.replace(path=url.path + "/"))
        return self.file_response(file.path, file.stat, scope, file.status)

    def _find(self, path: str) -> File | None:
        """Find the file at a path, or the index of the directory at that path."""
        try:
            full_path, found = self.lookup_path(path)
            if found is not None and stat.S_ISREG(found.st_mode):
                return File(full_path, found)
            if found is None or not stat.S_ISDIR(found.st_mode):
                return None
            index = self._regular(os.path.join(path, INDEX))
            return index and index._replace(is_index=True)
        except PermissionError:
            raise HTTPException(401) from None
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise HTTPException(404) from None
            raise
        except ValueError:  # a path that cannot be one, as with a NUL
            raise HTTPException(404) from None

    def _fall_back(self, scope: Scope) -> File:
        """Find the file for a path that does not exist."""
        for name in (NOT_FOUND, INDEX):
            if self.fallback not in ("auto", name):
                continue
            if name == INDEX and not accepts_page(Headers(scope=scope).get("accept", "")):
                continue
            file = self._regular(name) if self.fallback == "auto" else self._required(name)
            if file is not None:
                return file._replace(status=404 if name == NOT_FOUND else 200)
        raise HTTPException(404)

    def _regular(self, path: str) -> File | None:
        """Find the regular file at a path."""
        full_path, found = self.lookup_path(path)
        if found is None or not stat.S_ISREG(found.st_mode):
            return None
        return File(full_path, found)

    def _required(self, name: str) -> File:
        """Find a fallback file that was configured by its name."""
        file = self._regular(name)
        if file is None:
            assert self.directory is not None
            raise RuntimeError(
                f"Frontend fallback file '{name}' does not exist in directory "
                f"'{self.directory}'. Resolved absolute directory: "
                f"'{os.path.realpath(self.directory)}'"
            )
        return file


def _system_path(file_path: str) -> str:
    return os.path.normpath(os.path.join(*file_path.split("/")))


def accepts_page(accept: str) -> bool:
    """Whether an `Accept` header names HTML itself, and with a weight other than zero.

    A wildcard does not count, because browsers request scripts and images with one.
    """
    return any(_media_type(item) in _PAGES and _weight(item) != 0 for item in accept.split(","))


def _media_type(item: str) -> str:
    return item.partition(";")[0].strip().lower()


def _weight(item: str) -> float:
    """Return the `q` of an item; 1 if it has none or if it is not a number."""
    for parameter in item.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value.strip().strip('"'))
            except ValueError:
                break
    return 1.0


__all__ = ["File", "FrontendFiles", "accepts_page"]
