"""The short check of `rapide dev`, which runs in a thread while the application is served."""

import logging
import threading

from rapide.cli.discover import Target

_errors = logging.getLogger("uvicorn.error")

#: How many seconds requests that wait for the application are served before it is checked.
_LATER = 0.2
#: How many mistakes are reported; `rapide check` reports all of them.
_MOST = 5


def check_in_thread(target: Target) -> None:
    """Check an application that is served, and log a short summary."""
    timer = threading.Timer(_LATER, _check, (target,))
    timer.name, timer.daemon = "rapide check", True
    timer.start()


def _check(target: Target) -> None:
    try:
        lines = _summary(target)
    except Exception:  # of the check or the application: neither may disturb those who develop it
        _errors.warning("The check itself failed; requests are served as before", exc_info=True)
        return
    for line in lines:
        _errors.warning("%s", line)
    if not lines:
        _errors.info("Check: no mistakes found")


def _summary(target: Target) -> list[str]:
    """Return what to log: nothing if the application has no mistakes."""
    # PERF: startup. The server has started before this is imported.
    from rapide.cli.check import mistakes_in, undefined_names_in
    from rapide.cli.check_formats import as_line, finding_of
    from rapide.cli.checked import counted
    from rapide.contracts.findings import Severity

    found = [*map(finding_of, undefined_names_in(target)), *mistakes_in(target)]
    if not found:
        return []
    errors = sum(item.severity is Severity.ERROR for item in found)
    numbers = {"error": errors, "warning": len(found) - errors}
    told = " and ".join(counted(number, what) for what, number in numbers.items() if number)
    found.sort(key=lambda item: item.severity is not Severity.ERROR)
    more = [f"  and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return [
        f"Check: {told} (rapide check {target.import_string} shows what to write instead)",
        *(f"  {as_line(item)}" for item in found[:_MOST]),
        *more,
    ]
