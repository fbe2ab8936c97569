"""Run the comparison and print its report."""

import typer

from rapide.cli.verify.report import lines, write_json
from rapide.cli.verify.run import verify_application
from rapide.cli.verify.settings import Settings, VerifyError


def verify_and_report(settings: Settings) -> bool:
    """Compare, print the report to standard output, and return whether anything differs.

    Raises:
        VerifyError: The comparison could not be made.
    """
    try:
        outcome = verify_application(settings, lambda message: typer.echo(message, err=True))
        for line in lines(outcome, settings):
            typer.echo(line)
        if settings.json:
            write_json(outcome, settings, settings.json)
    except VerifyError:
        raise
    except Exception as error:  # must not look like a difference, which is exit status 1
        raise VerifyError(f"unexpected {type(error).__name__}: {error} (see --verbose)") from error
    return outcome.differs
