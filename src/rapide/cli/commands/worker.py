"""`rapide worker`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from rapide.cli import options as of
from rapide.cli.discover import find_application
from rapide.cli.failures import DiscoveryError, failed, one_line_failure
from rapide.cli.program import new_commands

app = new_commands()

LEVELS = ("debug", "info", "warning", "error", "critical")


@app.command()
def worker(
    path: of.Where = None,
    *,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    broker: Annotated[
        str | None,
        typer.Option(
            "--broker",
            help="The variable of the application's module that holds the broker, if its jobs have "
            "several.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, help="Number of worker processes.")
    ] = 1,
    concurrency: Annotated[
        int | None,
        typer.Option(
            "--concurrency",
            min=1,
            help="Largest number of jobs that a process runs at the same time: 100, or what the "
            "limits of the application allow.",
            show_default=False,
        ),
    ] = None,
    log_level: Annotated[
        str, typer.Option("--log-level", help=f"The level of the log: {', '.join(LEVELS)}.")
    ] = "info",
    as_fastapi: of.AsFastAPI = False,
    verbose: of.Verbose = False,
) -> None:
    """Run the jobs of an application: those of app.job(broker), by taskiq."""
    if log_level not in LEVELS:
        raise failed(f"--log-level must be one of {', '.join(LEVELS)}, and not {log_level!r}")
    try:
        from rapide.jobs.errors import JobError
        from rapide.jobs.worker import WorkerOptions, run_workers
    except ModuleNotFoundError as error:
        if error.name != "taskiq":
            raise
        raise failed("jobs need the package taskiq: install rapide[taskiq]") from None
    find = Search(path, app, entrypoint, factory, app_dir, broker)
    with (
        one_line_failure(DiscoveryError, verbose=verbose, as_fastapi=True),
        one_line_failure(JobError, verbose=verbose),
    ):
        raise typer.Exit(run_workers(WorkerOptions(find, workers, concurrency, log_level)))


@dataclass(frozen=True)
class Search:
    """What the arguments of the command say about the application, for each process to find it."""

    path: str | None
    app_name: str | None
    entrypoint: str | None
    factory: bool
    app_dir: Path | None
    broker: str | None

    def __call__(self) -> tuple[object, object | None]:
        import sys

        target = find_application(
            self.path,
            app_name=self.app_name,
            entrypoint=self.entrypoint,
            factory=self.factory,
            app_dir=self.app_dir,
        )
        if self.broker is None:
            return target.app, None
        found: object = sys.modules[target.module]
        for name in self.broker.split("."):
            if not hasattr(found, name):
                raise DiscoveryError(f"There is no {self.broker} in {target.module} (--broker)")
            found = getattr(found, name)
        return target.app, found
