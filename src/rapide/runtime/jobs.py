"""What a job has instead of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection


@dataclass(slots=True, eq=False)
class JobRun:
    """One run of a job.

    Attributes:
        job_id: The identifier of the job. All attempts and deliveries of the job have the same one.
        name: The name of the job.
        attempt: The number of the attempt, from 1.
        app: The application that the job belongs to.
        state: What the lifespan of the application has yielded.
        labels: The labels of the message, as the broker has delivered them.
    """

    job_id: str
    name: str
    attempt: int
    app: object
    state: Mapping[str, object]
    labels: Mapping[str, object] = field(default_factory=dict)


class JobConnection(HTTPConnection):
    """What a dependency of a job gets that asks for an `HTTPConnection`.

    It has the application, the state of the lifespan, and the run of the job in
    `scope["rapide.job"]`. Headers, cookies and query are empty.
    """

    def __init__(self, run: JobRun) -> None:
        self.scope = {
            "type": "job",
            "app": run.app,
            "state": dict(run.state),
            "headers": [],
            "path": "",
            "path_params": {},
            "query_string": b"",
            "root_path": "",
            "rapide.job": run,
        }


def job_without_result() -> RuntimeError:
    """Make the error for a dependency that swallowed the exception of its job."""
    return RuntimeError(
        "The job has no result, because a dependency with yield has caught its exception without "
        "raising it again. Look for a bare `except:` or an `except Exception:` around a `yield`, "
        "and end it with `raise`."
    )
