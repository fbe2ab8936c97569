"""Jobs that share the dependency graph of an application, on the engine taskiq.

`app.job(broker)` makes a job of a function. Only applications that use it import this package.
"""

from rapide.jobs.errors import JobError, JobTypeError, JobValidationError
from rapide.jobs.job import Job
from rapide.jobs.outbox import Outbox
from rapide.jobs.unique import MemoryKeys, RedisKeys, UniqueKeys
from rapide.signature.jobs import InvalidJobError, NeedsRequestError

__all__ = [
    "InvalidJobError",
    "Job",
    "JobError",
    "JobTypeError",
    "JobValidationError",
    "MemoryKeys",
    "NeedsRequestError",
    "Outbox",
    "RedisKeys",
    "UniqueKeys",
]
