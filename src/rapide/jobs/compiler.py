"""The stages of compiling a job: those of a route, without HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rapide.codegen.dialect import JOB
from rapide.compiler import load_handler, say_the_same, tools_of_handlers
from rapide.plan.job import build_job_plan
from rapide.plan.operations import Plan
from rapide.runtime.jobs import JobConnection, JobRun, job_without_result
from rapide.schema import ModelField
from rapide.signature.models import Dependant
from rapide.types import Overrides, UserCallable


@dataclass(frozen=True, slots=True)
class CompiledJob:
    """A job in its compiled form, for one set of dependency overrides."""

    plan: Plan
    source: str
    handler: Callable[[Mapping[str, object], JobRun], Awaitable[Any]]
    consulted: tuple[tuple[UserCallable, UserCallable], ...]
    #: The parameters that come from the arguments.
    fields: tuple[ModelField, ...]

    def fits(self, overrides: Overrides) -> bool:
        """Return whether these overrides say the same of every dependency that was looked up."""
        return say_the_same(self.consulted, overrides)


def compile_job(
    name: str,
    dependant: Dependant,
    overrides: Overrides,
    refuse: Callable[..., Awaitable[object]],
) -> CompiledJob:
    """Compile a job; `refuse` raises the errors of arguments that are not valid.

    Raises:
        NotCompilableError: A part of the dependency graph cannot be compiled.
        DeclarationError: An override needs a request.
    """
    built = build_job_plan(name, dependant, overrides)
    tools = {
        **tools_of_handlers(),
        "JobConnection": JobConnection,
        "finish": refuse,
        "response_missing": job_without_result,
        "response_not_sent": job_without_result,
    }
    source, handler = load_handler(built.plan, JOB, tools)
    return CompiledJob(built.plan, source, handler, built.consulted, built.fields)
