"""Write a new application, and say what to do next."""

import shlex
from pathlib import Path

import typer

from rapide.cli.new.naming import Naming
from rapide.cli.new.template import Template, render
from rapide.cli.new.writing import write_files


def make_application(naming: Naming, template: Template, folder: Path | None) -> None:
    """Write an application and print the next steps.

    Raises:
        CannotWrite: The folder cannot have it; nothing was written.
    """
    target = Path(naming.folder) if folder is None else folder
    texts = render(template, naming)
    write_files(target, texts)
    typer.echo(
        f"Wrote {len(texts)} files to {target}: {naming.title}, from the template {template}"
    )
    typer.echo("\nNext:")
    for step in _next_steps(target, template):
        typer.echo(f"  {step}")
    typer.echo("\nREADME.md explains the files, the tests and the settings.")


def _next_steps(target: Path, template: Template) -> list[str]:
    steps = [] if target.resolve() == Path.cwd() else [f"cd {shlex.quote(str(target))}"]
    if template is Template.API:
        steps.append("pip install -e . --group dev    # its packages; needs pip 25.1 or later")
    return [*steps, "rapide dev                      # serve it: http://127.0.0.1:8000/docs"]
