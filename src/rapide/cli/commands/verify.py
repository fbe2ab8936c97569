"""`rapide verify`."""

import typer

from rapide.cli import options as of
from rapide.cli.failures import one_line_failure
from rapide.cli.program import new_commands
from rapide.cli.verify import options as verify_options
from rapide.server.options import Protocol

app = new_commands()


@app.command()
def verify(
    path: of.Where = None,
    *,
    examples: verify_options.Examples = 20,
    seed: verify_options.Seed = 0,
    requests: verify_options.Requests = None,
    har: verify_options.Har = None,
    only: verify_options.Only = None,
    exclude: verify_options.Exclude = None,
    header: verify_options.ExtraHeader = None,
    ignore_header: verify_options.IgnoreHeader = None,
    env: verify_options.Environment = None,
    baselines: verify_options.Baselines = 2,
    timeout: verify_options.Timeout = 10,
    start_timeout: verify_options.StartTimeout = 60,
    show_all: verify_options.ShowAll = False,
    json: verify_options.JsonReport = None,
    protocol: of.ByProtocol = Protocol.RAPIDE,
    app: of.AppName = None,
    entrypoint: of.Entrypoint = None,
    factory: of.Factory = False,
    app_dir: of.AppDir = None,
    verbose: of.Verbose = False,
) -> None:
    """Compare the answers of an application on FastAPI and on Rapide.

    Exits with status 1 if they differ, and with 2 if they could not be compared.
    """
    from rapide.cli.verify.command import verify_and_report
    from rapide.cli.verify.settings import Settings, VerifyError, pairs

    with one_line_failure(VerifyError, verbose=verbose):
        settings = Settings(
            path=path,
            app=app,
            entrypoint=entrypoint,
            factory=factory,
            app_dir=app_dir,
            examples=examples,
            seed=seed,
            requests=tuple(requests or ()),
            har=tuple(har or ()),
            only=tuple(only or ()),
            exclude=tuple(exclude or ()),
            headers=pairs(header or (), ":", "--header"),
            ignored_headers=frozenset({"date", *map(str.lower, ignore_header or ())}),
            environment=pairs(env or (), "=", "--env"),
            baselines=baselines,
            timeout=timeout,
            start_timeout=start_timeout,
            show_all=show_all,
            json=json,
            protocol=protocol.value,
        )
        if verify_and_report(settings):
            raise typer.Exit(1)
