"""The README's commands are run, and its answers compared with the real ones."""

import json
import re
import subprocess
from pathlib import Path

from .images import png
from .server import BOOKSHOP, STAFFED, environment, rapide_run, serve

README = (BOOKSHOP / "README.md").read_text(encoding="utf-8")
EXCHANGES = re.findall(r"```sh\n(curl .*?)```\n+```(json|text)\n(.*?)```", README, re.DOTALL)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CHANCE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z|eyJ[\w.-]+…?")


def test_every_command_of_the_readme_gives_the_answer_written_below_it(tmp_path: Path) -> None:
    written_id = next(match[0] for match in UUID.finditer(README))
    order_id = written_id
    tokens: dict[str, str] = {}
    (tmp_path / "emma.png").write_bytes(png())
    assert len(EXCHANGES) >= 20
    with serve(rapide_run(), tmp_path, **STAFFED) as shop:
        for command, kind, written in EXCHANGES:
            here = command.replace("http://localhost:8000", shop.url).replace(written_id, order_id)
            output = subprocess.run(
                ["bash", "-c", here.replace("curl", "curl --silent --noproxy '*'", 1)],
                check=True,
                capture_output=True,
                text=True,
                cwd=tmp_path,
                env=environment(**tokens),
            ).stdout
            if "/token" in command:
                tokens["STAFF" if "staff@" in command else "TOKEN"] = json.loads(output)[
                    "access_token"
                ]
            if order_id == written_id and (placed := UUID.search(output)):
                order_id = placed[0]
            answer = output.replace(shop.url, "http://localhost:8000").replace(order_id, written_id)
            read = json.loads if kind == "json" else str.split
            assert read(CHANCE.sub("*", answer)) == read(CHANCE.sub("*", written)), command


def test_the_readme_counts_the_books_and_authors_rightly() -> None:
    data = json.loads((BOOKSHOP / "data" / "books.json").read_text(encoding="utf-8"))
    assert f"{len(data['books'])} books by {len(data['authors'])} authors" in README
