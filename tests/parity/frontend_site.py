"""A built frontend in a directory of its own, the same for both frameworks."""

import os
import pathlib
import shutil
import tempfile
from contextlib import contextmanager

from .client import GET

#: Both frameworks serve the same files, so that times and tags are the same.
ROOT = pathlib.Path(tempfile.gettempdir(), f"parity-frontend-{os.getpid()}")

FILES = {
    "spa/index.html": "<p>spa",
    "spa/app.js": "let app = 1;" * 20,
    "spa/deep/index.html": "<p>deep",
    "spa/deep/page.html": "<p>page",
    "spa/no-index/a.txt": "a",
    "spa/with space.txt": "space",
    "spa/ünï.txt": "unicode",
    "spa/.hidden": "hidden",
    "static/index.html": "<p>static",
    "static/404.html": "<p>nothing here",
    "static/a.txt": "static a",
    "bare/a.txt": "bare a",
    "other/index.html": "<p>other",
    "other/a.txt": "other a",
    "secret.txt": "secret",
}

HTML = {"accept": "text/html"}


@contextmanager
def built_site():
    """The files, with a fixed time of change, for as long as the block lasts."""
    for name, text in FILES.items():
        file = ROOT / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        os.utime(file, (1_700_000_000, 1_700_000_000))
    (ROOT / "spa/link-out.txt").symlink_to(ROOT / "secret.txt")
    (ROOT / "spa/link-in.txt").symlink_to(ROOT / "spa/app.js")
    (ROOT / "spa/broken.txt").symlink_to(ROOT / "nowhere")
    (ROOT / "spa/index-is-directory/index.html").mkdir(parents=True)
    os.mkfifo(ROOT / "spa/pipe")
    yield
    shutil.rmtree(ROOT)


def page(target, accept="text/html"):
    return GET(target, headers={"accept": accept})
