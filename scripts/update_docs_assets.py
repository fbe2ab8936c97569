"""Fetch the pinned browser packages of the documentation pages into the package.

Usage: python scripts/update_docs_assets.py

The files are those of the npm packages, with two changes: references to source maps, which are
not bundled, are removed, and so are the addresses that a page would load from another host.
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ASSETS = Path(__file__).parent.parent / "src/rapide/openapi/assets"


@dataclass(frozen=True)
class Package:
    name: str
    version: str
    files: dict[str, str]
    """Name in the npm package -> name among the assets."""
    replaced: dict[str, str] = field(default_factory=dict)


PACKAGES = [
    Package(
        "swagger-ui-dist",
        "5.35.0",
        {
            "swagger-ui-bundle.js": "swagger-ui-bundle.js",
            "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui-bundle.js.LICENSE.txt",
            "swagger-ui.css": "swagger-ui.css",
            "oauth2-redirect.js": "oauth2-redirect.js",
            "LICENSE": "swagger-ui-dist.LICENSE",
            "NOTICE": "swagger-ui-dist.NOTICE",
        },
    ),
    Package(
        "redoc",
        "2.5.4",
        {
            "bundles/redoc.standalone.js": "redoc.standalone.js",
            "bundles/redoc.standalone.js.LICENSE.txt": "redoc.standalone.js.LICENSE.txt",
            "LICENSE": "redoc.LICENSE",
        },
        # An image that fails to load is left out by the page itself.
        replaced={"https://cdn.redoc.ly/redoc/logo-mini.svg": "data:,"},
    ),
]
# Also the one at the end of a worker, which is a JavaScript text inside a bundle.
SOURCE_MAP = re.compile(
    rb"(\n|\\n)?(//# sourceMappingURL=[\w.-]+\.map|/\*# sourceMappingURL=[\w.-]+\.map\*/)"
)


def fetch(package: Package, directory: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the wanted files of a package, changed as said above."""
    subprocess.run(
        ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
        cwd=directory,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with tarfile.open(directory / f"{package.name}-{package.version}.tgz") as archive:
        for source, name in package.files.items():
            member = archive.extractfile(f"package/{source}")
            assert member is not None, source
            content = member.read()
            if source.endswith((".js", ".css")):
                content = SOURCE_MAP.sub(b"", content)
                for old, new in package.replaced.items():
                    assert old.encode() in content, old
                    content = content.replace(old.encode(), new.encode())
            yield name, content


def main() -> None:
    versions = {}
    with tempfile.TemporaryDirectory() as directory:
        for package in PACKAGES:
            digests = {}
            for name, content in fetch(package, Path(directory)):
                (ASSETS / name).write_bytes(content)
                digests[name] = hashlib.sha256(content).hexdigest()
            versions[package.name] = {
                "version": package.version,
                "replaced": package.replaced,
                "sha256": digests,
            }
    (ASSETS / "versions.json").write_text(json.dumps(versions, indent=2) + "\n")


if __name__ == "__main__":
    main()
