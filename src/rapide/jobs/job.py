"""A job: a function of an application that a worker runs, and how it is enqueued."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial, update_wrapper
from inspect import signature
from typing import Any, Final

from taskiq import AsyncBroker, AsyncTaskiqTask

from rapide._once import making
from rapide.compiler import NotCompilableError
from rapide.generic.context import endpoint_context
from rapide.jobs.arguments import Arguments
from rapide.jobs.brokers import advice_on_delays
from rapide.jobs.compiler import CompiledJob, compile_job
from rapide.jobs.errors import JobError
from rapide.jobs.host import JobHost
from rapide.jobs.options import JobOptions, is_number
from rapide.jobs.retries import UNIQUE, attempt_of, current_message
from rapide.jobs.sending import send_later
from rapide.jobs.unique import UniqueKeys, keys_of
from rapide.runtime.jobs import JobRun
from rapide.signature.dependencies import read_dependant
from rapide.signature.errors import DeclarationError
from rapide.signature.jobs import check_job


class Job:
    """A function that a worker runs, with what its dependencies provide.

    `app.job(broker)` makes it. Calling it calls the function.

    Args:
        host: The jobs of the application; `app.job` passes it.
        broker: The broker of taskiq that carries the job.
        function: The function.
        options: The name, retries, timeout and so on.

    Attributes:
        name: The name under which workers find the job.
        function: The function.
        task: The task of taskiq.
    """

    __wrapped__: Callable[..., Any]

    def __init__(
        self,
        host: JobHost,
        broker: AsyncBroker,
        function: Callable[..., Any],
        options: JobOptions,
    ) -> None:
        if options.name is None and getattr(function, "__name__", "<lambda>") == "<lambda>":
            raise JobError("A function without a name needs app.job(broker, name=…)")
        self.function = function
        self.options = options
        self.broker = broker
        self._host = host
        self._keys = options.unique_keys
        self._compiled: list[CompiledJob] = []
        self._arguments: tuple[CompiledJob, Arguments] | None = None
        try:
            self._dependant = read_dependant("", function, ())
            check_job(self._dependant, _OPTIONS_OF_ENQUEUE)
        except DeclarationError as error:
            error.in_route(f"job {options.name or getattr(function, '__name__', function)}")
            raise
        run = update_wrapper(self._run_function(), function, updated=())
        # The engine must not look for parameters that only this framework can provide.
        del run.__wrapped__
        run.__annotations__ = {}
        if run.__module__ not in sys.modules:  # the engine looks for it there
            run.__module__ = __name__
        self.task = broker.register_task(run, options.name, **self._labels())
        self.name: str = self.task.task_name
        known = host.jobs.get(self.name)
        if known is not None and known.function is not function:
            raise JobError(f"There is already a job {self.name!r}: give this one a name of its own")
        host.jobs[self.name] = host.take(broker).jobs[self.name] = self
        if options.outbox is not None:
            options.outbox.serve(self.name, self.send)
            host.add_outbox(options.outbox)
        # Attributes of the function stay there: they could have the names of ours.
        update_wrapper(self, function, updated=())

    def __repr__(self) -> str:
        return f"<Job {self.name}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise JobError(f"The job {self.name!r} cannot be pickled: enqueue it by its name instead")

    def _labels(self) -> dict[str, Any]:
        """Return the labels of every message of this job."""
        labels: dict[str, Any] = dict(self.options.labels or {})
        timeout, limits = self.options.timeout, self._host.app._rapide_limits
        if timeout is None and limits is not None:
            timeout = limits.timeout
        if timeout is not None:
            labels["timeout"] = timeout
        return labels

    def _run_function(self) -> Callable[..., Any]:
        """Return the function that taskiq calls in a worker."""

        async def run(**arguments: Any) -> Any:
            message = current_message.get()
            host = self._host
            of_run = JobRun(
                message.task_id,
                message.task_name,
                attempt_of(message),
                host.app,
                host.state,
                message.labels,
            )
            handler = self.compiled().handler
            span = host.span(of_run)
            if span is None:
                return await handler(arguments, of_run)
            with span:
                return await handler(arguments, of_run)

        return run

    # Compiling

    def compiled(self) -> CompiledJob:
        """Return the compiled form for the overrides of the application as they are now.

        Raises:
            JobError: The job cannot be compiled.
        """
        overrides = self._host.app.dependency_overrides
        for compiled in self._compiled:
            if compiled.fits(overrides):
                return compiled
        with making:
            try:
                made = compile_job(self.name, self._dependant, overrides, self._refuse)
            except NotCompilableError as error:
                raise JobError(f"The job {self.name!r}: {error}; {error.advice}") from None
            self._compiled = [made, *self._compiled[: _KEPT - 1]]
        return made

    @property
    def plan(self) -> object:
        """The plan of a run, for people. `print(job.plan)` shows its steps."""
        return self.compiled().plan

    @property
    def source(self) -> str:
        """The source of the function that runs the job."""
        return self.compiled().source

    def _taken(self) -> Arguments:
        """Return the arguments that the job takes."""
        compiled = self.compiled()
        if self._arguments is None or self._arguments[0] is not compiled:
            arguments = Arguments(compiled.fields, endpoint_context(self.function))
            self._arguments = compiled, arguments
        return self._arguments[1]

    async def _refuse(
        self,
        arguments: Mapping[str, object],
        run: JobRun,
        results: list[object],
        *,
        error: Exception | None = None,
        **state: object,
    ) -> None:
        """Raise the errors of arguments that the worker cannot accept."""
        raise self._taken().refusal(arguments, error)

    # Enqueuing

    async def enqueue(
        self,
        *,
        delay: float | None = None,
        unique: str | None = None,
        session: Any = None,
        **arguments: Any,
    ) -> AsyncTaskiqTask[Any]:
        """Validate the arguments and send the job to a worker.

        Args:
            delay: Seconds until the job is sent.
            unique: A key. As long as a job with this key waits or runs, no other one is sent.
            session: A session of SQLAlchemy. The job is sent when its transaction is committed.
            arguments: The parameters of the function and of its dependencies, by their names
                outside.

        Returns:
            The task of the engine, with `task_id` and `wait_result()`. If the key is held, it is
            that of the other job.

        Raises:
            JobValidationError: The arguments are not valid. Nothing was sent.
            JobError: The broker cannot do what is asked for.
            ValueError: The delay is not a number of seconds, or the key is not text.
        """
        if delay is not None and not is_number(delay, 0):
            raise ValueError(f"enqueue(): delay must be 0 or more seconds, and not {delay!r}")
        if unique is not None and not isinstance(unique, str):
            raise ValueError(f"enqueue(): unique must be text, and not {unique!r}")
        data = self._taken().prepare(arguments)
        job_id = self.broker.id_generator()
        labels: dict[str, Any] = dict(self._host.labels_of_trace())
        if unique is None:
            await self._send(job_id, data, labels, delay, session)
            return self._task(job_id)
        key = f"{self.name}:{unique}"
        await self._host.ensure_started(self.broker)
        holder = await self._held_keys().claim(key, job_id, self.options.unique_for + (delay or 0))
        if holder == job_id:
            try:
                await self._send(job_id, data, {**labels, UNIQUE: key}, delay, session)
            except BaseException:
                await self.release(key, job_id)
                raise
        return self._task(holder)

    async def _send(
        self,
        job_id: str,
        data: dict[str, object],
        labels: dict[str, Any],
        delay: float | None,
        session: Any,
    ) -> None:
        if session is not None:
            if self.options.outbox is None:
                raise JobError("session= needs an outbox: app.job(broker, outbox=Outbox(engine))")
            key = labels.get(UNIQUE)
            forget = None if key is None else partial(self.release, key, job_id)
            await self.options.outbox.add(session, self.name, job_id, data, labels, delay, forget)
            return
        await self.send(job_id, data, labels, delay)

    async def send(
        self,
        job_id: str,
        data: Mapping[str, object],
        labels: Mapping[str, Any],
        delay: float | None,
    ) -> None:
        """Send a message with valid arguments to the broker.

        Args:
            job_id: The id of the job.
            data: The arguments as JSON values, by their names.
            labels: The labels of the message.
            delay: Seconds after which a worker may run the job; `None` for now.

        Raises:
            JobError: The broker cannot delay messages.
        """
        await self._host.ensure_started(self.broker)
        kicker = self.task.kicker().with_task_id(job_id).with_labels(**labels)
        if not delay:
            await kicker.kiq(**data)
        elif not await send_later(kicker, delay, data, self.options.schedules):
            raise JobError(
                f"{type(self.broker).__name__} cannot delay messages: "
                f"{advice_on_delays(self.broker)}"
            )

    def _task(self, job_id: str) -> AsyncTaskiqTask[Any]:
        return AsyncTaskiqTask(task_id=job_id, result_backend=self.broker.result_backend)

    def _held_keys(self) -> UniqueKeys:
        if self._keys is None:
            self._keys = keys_of(self.broker)
        return self._keys

    async def release(self, key: str, job_id: str) -> None:
        """Release the key of a unique job that has ended.

        Args:
            key: The key of the job.
            job_id: The id of the job that holds the key.
        """
        await self._held_keys().release(key, job_id)


#: The number of sets of overrides for which a job keeps its compiled form.
_KEPT: Final = 4
_OPTIONS_OF_ENQUEUE: Final = frozenset(
    parameter.name
    for parameter in signature(Job.enqueue).parameters.values()
    if parameter.kind is parameter.KEYWORD_ONLY
)
