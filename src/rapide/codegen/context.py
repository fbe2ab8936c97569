"""The state that emitters share while they write one handler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

from rapide.codegen.dialect import Dialect
from rapide.codegen.names import Names
from rapide.codegen.writer import Writer
from rapide.plan import operations as op
from rapide.plan.instrument import NoteBody
from rapide.plan.pure import needs_no_task

#: The maximal length in characters of a journal that is written inside a call.
LONGEST_JOURNAL: Final = 60


@dataclass(slots=True)
class Context:
    """The handler that is being written: its writer, its dialect, and what exists so far."""

    out: Writer
    plan: op.Plan
    dialect: Dialect
    tools: dict[str, Any]
    names: Names = field(default_factory=Names)
    slots: dict[op.Slot, str] = field(default_factory=dict)
    #: The values of parameters and results of dependencies so far, in order. The generic path
    #: needs them to take over.
    journal: list[str] = field(default_factory=list)
    #: Local names that exist at this point and that the generic path needs.
    state: dict[str, str] = field(default_factory=dict)
    #: Open blocks, by the scope that closes them when it ends.
    open: dict[str, ExitStack] = field(default_factory=dict)
    #: The async generator of each scope that has only this one exit, as a name.
    only_exits: dict[op.Scope, str] = field(default_factory=dict)
    #: Functions that are defined before the handler.
    helpers: list[Writer] = field(default_factory=list)
    #: While a helper is written: what it returns after the journal if it stops early.
    gives_up_with: str | None = None
    #: The span in which the next call must run, as an expression.
    next_span: str | None = None

    def tool(self, name: str) -> str:
        """Make a helper of the runtime available and return its name."""
        return self.names.tool(name, self.tools[name])

    @property
    def run_in_thread(self) -> str:
        """The name of the function that makes a call in a worker thread of the route's lane."""
        return self.tool("run_in_lane" if "run_in_lane" in self.tools else "run_in_thread")

    def slot(self, slot: op.Slot) -> str:
        """Return the local name of a value."""
        if slot not in self.slots:
            self.slots[slot] = self.names.local(slot.role, slot.name)
        return self.slots[slot]

    def constant(self, role: str, value: object, hint: str | None = None) -> str:
        """Return the name of an object that the code refers to."""
        return self.names.constant(role, hint or str(getattr(value, "__name__", "object")), value)

    def options(self, options: tuple[tuple[str, object], ...], hint: str) -> list[str]:
        """Return keyword arguments with these values."""
        return [
            f"{name}={value!r}"
            if isinstance(value, bool) or value is None
            else f"{name}={self.constant(name, value, hint)}"
            for name, value in options
        ]

    @property
    def response(self) -> str:
        """The expression of the injected response, or None."""
        return "response" if self.plan.has(op.PrepareResponse) else "None"

    @property
    def background(self) -> str:
        """The expression of the request's background tasks, or None."""
        return "background" if self.plan.has(op.PrepareBackground) else "None"

    @property
    def late_answer(self) -> bool:
        """Whether a scope must end between serializing a result and sending it."""
        return not self.plan.has(op.StreamItems) and (
            self.has_scope("function") or (self.has_exit_lists and self.has_scope("request"))
        )

    def has_scope(self, scope: op.Scope) -> bool:
        """Return whether dependencies of this scope may exit."""
        return any(
            isinstance(operation, op.OpenCleanup) and operation.scope == scope
            for operation in self.plan.operations
        )

    @property
    def has_exit_lists(self) -> bool:
        """Whether nobody can look at the exit stacks of dependencies, so that lists do."""
        return not self.shows_request and not any(
            isinstance(operation, op.StreamItems) and operation.form == "events"
            for operation in self.plan.operations
        )

    @property
    def shows_request(self) -> bool:
        """Whether user code has the request object."""
        return any(
            isinstance(operation, op.ExposeRequest) and operation.to_user_code
            for operation in self.plan.operations
        )

    def hand_over(self, error: str | None = None, unfinished: Sequence[str] = ()) -> None:
        """Write the statement that finishes the request on the generic path.

        `error` is the exception, if there is one, and `unfinished` are the values that were read
        before it; the others are `UNREAD`. In a helper, the statement only returns from the helper,
        and the helper's caller hands over.
        """
        journal = [*self.journal, *unfinished]
        if self.gives_up_with is not None:
            self.out.call("return ([", journal, f"], {error}), {self.gives_up_with}")
            return
        self._parse_body()
        self.ensure_task()
        state = self.state if error is None else self.state | {"error": error}
        arguments = [f"{name}={value}" for name, value in state.items()]
        results = f"[{', '.join(journal)}]"
        if len(results) > LONGEST_JOURNAL:
            self.out.call("results = [", journal, "]")
            results = "results"
        finish = f"return await {self.tool('finish')}("
        self.out.call(finish, [*self.dialect.connection, results, *arguments])

    def _parse_body(self) -> None:
        """Write the parsing of a body whose value may have been made without."""
        is_parsed = not any(
            isinstance(item, op.ReadBody) and item.validate for item in self.plan.operations
        )
        if "body" not in self.state or is_parsed:
            return
        with self.out.block(f"if body is {self.tool('UNPARSED')}:"):
            self.out.line(f"body = {self.tool('parse_json')}(raw_body)")
            self.out.line(f"{self.dialect.kept_body} = raw_body, body")

    def ensure_task(self) -> None:
        """Write the statement after which code of the application's may run."""
        statement = self.dialect.ensure_task
        if statement is not None and needs_no_task(self.plan):
            self.tool("ensure_task")
            self.out.line(statement)

    @contextmanager
    def or_hand_over(
        self,
        expected: str,
        unfinished: Sequence[str] = (),
        *,
        with_error: bool = False,
        unless: str | None = None,
    ) -> Iterator[None]:
        """Write a block whose `expected` exception is handed over to the generic path.

        See `hand_over`. With the condition `unless`, the request is answered already. The request
        is not finished inside `except`: an exception of user code must not have one of our
        exceptions as its context.
        """
        self.out.line("failed = None")
        with self.out.block("try:"):
            yield
        with self.out.block(f"except {expected} as error:"):
            self.out.line("failed = error")
        with self.out.block("if failed is not None:"):
            if unless is not None:
                with self.out.block(f"if {unless}:"):
                    self.out.line("return")
            self.hand_over("failed" if with_error else None, unfinished)

    def refusal(self, group: op.ValidateGroup) -> str | None:
        """Return the condition that a body which is not valid was answered here.

        None if this can never be done: others see the error, or code of the application's may run.
        """
        condition, last = self.dialect.is_refused, group.reads[-1]
        if condition is None or self.plan.has(op.OpenCleanup, NoteBody):
            return None
        if group.owner != op.ENDPOINT or self.gives_up_with is not None:
            return None  # parameters of other callables may be wrong, too
        if not isinstance(last, op.ReadBodyValue) or last.keys or last.model is None:
            return None
        if "body" not in self.state:
            return None
        self.tool("refuse_body")
        if len(group.reads) == 1:
            return condition
        # Then the error is that of the body.
        return f"{self.slot(group.reads[-2].into)} is not {self.tool('UNREAD')} and {condition}"

    def send_object(self, before: str, response: str, background: str) -> None:
        """Write the statement that sends a response object."""
        send = self.dialect.send_object
        if send in self.tools:
            send = self.tool(send)
        arguments = [response, background, *self.dialect.send_object_arguments]
        self.out.call(f"{before}{send}(", arguments)

    def traced(self, out: Writer | None = None) -> AbstractContextManager[None]:
        """Write a block for the span of the next call, if the plan requires one."""
        span, self.next_span = self.next_span, None
        return nullcontext() if span is None else (out or self.out).block(f"with {span}:")

    def unless_response(self) -> AbstractContextManager[None]:
        """Write a block for results that are not responses themselves, if one is needed."""
        return self.out.block("if not is_response:") if self.late_answer else nullcontext()
