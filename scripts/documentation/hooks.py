"""What MkDocs does with the pages in addition: `mkdocs.yml` names this file.

- Pages from outside of `docs/`, such as the changes, become pages of the site.
- Links that leave `docs/` lead to these pages, or else to the repository.
- `<!-- reference: rapide.FastAPI -->` is replaced by what the source says about that name.
- `<!-- file: main.py -->` and `<!-- output -->` above a block become its title.
- Each page is also there as Markdown, and `llms.txt` lists them.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File, Files
from reference import describe

from rapide.cli.pyproject import SCHEMA

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
#: Files outside of `docs/` that are pages of the site.
FROM_OUTSIDE = {
    "CHANGELOG.md": "project/changes.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "CODE_OF_CONDUCT.md": "project/conduct.md",
    "examples/bookshop/README.md": "project/bookshop.md",
    "benchmarks/README.md": "project/measuring.md",
}
#: The README says what the first page of the site says.
PAGES = {**FROM_OUTSIDE, "README.md": "index.md"}
LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
REFERENCE = re.compile(r"^<!-- reference: ([\w.]+) -->$", re.M)
TITLED = re.compile(r"^<!-- file: (\S+) -->\n(```\w+)$", re.M)
OUTPUT = re.compile(r"^<!-- output -->\n(```\w+)$", re.M)
CELLS = re.compile(r"^\|.*$", re.M)
CODE = re.compile(r"`[^`]+`")
COMMENT = re.compile(r"^<!-- [^\n]* -->\n", re.M)


@dataclass
class Site:
    """What is known about the site while it is built."""

    markdown: dict[str, str] = field(default_factory=dict)
    pages: list[tuple[str, Page]] = field(default_factory=list)


SITE = Site()


def repository() -> str:
    """Return the address of the source, with a slash at its end."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    address: str = project["urls"]["Repository"]
    return address


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside of `docs/`."""
    for source, name in FROM_OUTSIDE.items():
        content = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=content))
    files.append(File.generated(config, SCHEMA.name, content=SCHEMA.read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace links that leave `docs/`, references, and comments on blocks."""
    name = page.file.src_uri
    origins = {site: source for source, site in FROM_OUTSIDE.items()}
    source = origins.get(name, f"docs/{name}")

    def rewrite(match: re.Match[str]) -> str:
        return f"]({target(match[1], source, name)}"

    markdown = REFERENCE.sub(lambda match: describe(match[1]), markdown)
    markdown = OUTPUT.sub(r'\1 title="Output"', markdown)
    markdown = TITLED.sub(r'\2 title="\1"', LINK.sub(rewrite, markdown))
    SITE.markdown[name] = COMMENT.sub("", markdown)
    # GitHub needs a backslash before a bar in the code of a table; here it would be shown.
    return CELLS.sub(lambda row: CODE.sub(without_backslashes, row[0]), markdown)


def without_backslashes(code: re.Match[str]) -> str:
    """Return code of a table without the backslashes before bars."""
    return code[0].replace("\\|", "|")


def target(link: str, source: str, page: str) -> str:
    """Return where a link of a file of the repository leads from a page of the site."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link))
    if path in PAGES:
        site = PAGES[path]
    elif path.startswith("docs/"):
        site = path.removeprefix("docs/")
    else:
        return repository() + path
    return posixpath.relpath(site, posixpath.dirname(page) or ".")


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Remember the pages in their order, with the section that each belongs to."""
    SITE.pages = [(section_of(page), page) for page in nav.pages]
    return nav


def section_of(page: Page) -> str:
    """Return the title of the outermost section of a page."""
    return page.ancestors[-1].title if page.ancestors else ""


def on_post_build(config: MkDocsConfig) -> None:
    """Write the pages as Markdown, and the files for language models."""
    site = Path(config.site_dir)
    for name, markdown in SITE.markdown.items():
        (site / name).write_text(markdown, encoding="utf-8")
    ordered = [page.file.src_uri for _, page in SITE.pages]
    (site / "llms.txt").write_text(index(config), encoding="utf-8")
    whole = "\n\n".join(SITE.markdown[name] for name in ordered)
    (site / "llms-full.txt").write_text(whole, encoding="utf-8")


def index(config: MkDocsConfig) -> str:
    """Return `llms.txt`: each page by section, with its first sentence (https://llmstxt.org)."""
    lines = [f"# {config.site_name}", "", f"> {config.site_description}", ""]
    lines.append("Every page is Markdown. `llms-full.txt` has all of them in one file.")
    current = None
    for section, page in SITE.pages:
        if section != current:
            current = section
            lines += ["", f"## {section or 'Overview'}", ""]
        name = page.file.src_uri
        lines.append(f"- [{page.title}]({name}): {first_sentence(SITE.markdown[name])}")
    return "\n".join(lines) + "\n"


def first_sentence(markdown: str) -> str:
    """Return the first sentence of the first paragraph, without links."""
    paragraphs = (part.strip() for part in markdown.split("\n\n"))
    text = next((part for part in paragraphs if re.match(r"\w|`\w", part)), "")
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", " ".join(text.split()))
    return re.split(r"(?<=[.:?!])\s", text)[0]
