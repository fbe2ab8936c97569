"""The README's commands are run, and its answers compared with the real ones."""

import json
import re
import subprocess
from pathlib import Path

from .server import BOOKSHOP, STAFF_KEY, rapide_run, serve

README = (BOOKSHOP / "README.md").read_text(encoding="utf-8")
EXCHANGES = re.findall(r"```sh\n(curl .*?)```\n+```json\n(.*?)```", README, re.DOTALL)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


def test_every_command_of_the_readme_gives_the_answer_written_below_it(tmp_path: Path) -> None:
    written_id = next(match[0] for match in UUID.finditer(README))
    order_id = written_id
    assert len(EXCHANGES) >= 12
    with serve(rapide_run(), tmp_path, BOOKSHOP_STAFF_KEY=STAFF_KEY) as shop:
        for command, written in EXCHANGES:
            here = command.replace("http://localhost:8000", shop.url).replace(written_id, order_id)
            output = subprocess.run(
                ["bash", "-c", here.replace("curl", "curl --silent --noproxy '*'", 1)],
                check=True,
                capture_output=True,
                text=True,
            ).stdout
            if order_id == written_id and (placed := UUID.search(output)):
                order_id = placed[0]
            answer = output.replace(shop.url, "http://localhost:8000").replace(order_id, written_id)
            assert json.loads(MOMENT.sub("then", answer)) == json.loads(MOMENT.sub("then", written))


def test_the_readme_counts_the_books_and_authors_rightly() -> None:
    data = json.loads((BOOKSHOP / "data" / "books.json").read_text(encoding="utf-8"))
    assert f"{len(data['books'])} books by {len(data['authors'])} authors" in README
