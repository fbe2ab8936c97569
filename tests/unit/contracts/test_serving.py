"""Nothing that serves requests imports what the commands for people need."""

import subprocess
import sys


def test_a_server_does_not_import_contracts() -> None:
    program = (
        "import sys, rapide.cli.commands.run, rapide.server.worker, rapide.applications; "
        "print([name for name in sys.modules if name.startswith(('rapide.contracts', "
        "'rapide.callgraph', 'rapide.cli.check', 'rapide.cli.background_check'))])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"
