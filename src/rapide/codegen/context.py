"""What emitters share while they write one handler."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

from rapide.codegen.dialect import Dialect
from rapide.codegen.names import Names
from rapide.codegen.writer import Writer
from rapide.plan import operations as op

#: The longest journal, in characters, that stands inside of a call.
LONGEST_JOURNAL: Final = 60


@dataclass(slots=True)
class Context:
    """The handler being written: where, in which dialect, and what it already has."""

    out: Writer
    plan: op.Plan
    dialect: Dialect
    tools: dict[str, Any]
    names: Names = field(default_factory=Names)
    slots: dict[op.Slot, str] = field(default_factory=dict)
    #: Values of parameters and results of dependencies so far, in order: what the generic path
    #: needs to take over.
    journal: list[str] = field(default_factory=list)
    #: Local names that exist at this point and that the generic path wants to know.
    state: dict[str, str] = field(default_factory=dict)
    #: Open blocks, by the scope whose end closes them.
    open: dict[str, ExitStack] = field(default_factory=dict)
    #: Functions that stand before the handler.
    helpers: list[Writer] = field(default_factory=list)
    #: While a helper is written: what it returns after the journal when it does not go on.
    gives_up_with: str | None = None
    #: The span that the next call is to run in, as an expression.
    next_span: str | None = None

    def tool(self, name: str) -> str:
        """Make a helper of the runtime available; gives its name."""
        return self.names.tool(name, self.tools[name])

    def slot(self, slot: op.Slot) -> str:
        """The local name of a value."""
        if slot not in self.slots:
            self.slots[slot] = self.names.local(slot.role, slot.name)
        return self.slots[slot]

    def constant(self, role: str, value: Any, hint: str | None = None) -> str:
        """The name of an object that the code refers to."""
        return self.names.constant(role, hint or str(getattr(value, "__name__", "object")), value)

    def options(self, options: tuple[tuple[str, Any], ...], hint: str) -> list[str]:
        """Keyword arguments with these values."""
        return [
            f"{name}={value!r}"
            if isinstance(value, bool) or value is None
            else f"{name}={self.constant(name, value, hint)}"
            for name, value in options
        ]

    @property
    def response(self) -> str:
        """The injected response, or None."""
        return "response" if self.plan.has(op.PrepareResponse) else "None"

    @property
    def background(self) -> str:
        """The request's background tasks, or None."""
        return "background" if self.plan.has(op.PrepareBackground) else "None"

    @property
    def late_answer(self) -> bool:
        """Whether something must be left between serializing a result and sending it."""
        return not self.plan.has(op.StreamItems) and any(
            isinstance(operation, op.OpenCleanup) and operation.scope == "function"
            for operation in self.plan.operations
        )

    @property
    def shows_request(self) -> bool:
        """Whether code of users has the request object."""
        return any(
            isinstance(operation, op.ExposeRequest) and operation.to_user_code
            for operation in self.plan.operations
        )

    def hand_over(self, error: str | None = None, unfinished: Sequence[str] = ()) -> None:
        """Write the statement that finishes the request on the generic path.

        `error` is what went wrong, if anything did, and `unfinished` the values that were read
        before that; those still to be read are `UNREAD`. In a helper it only leaves the helper, for
        its caller to hand over.
        """
        journal = [*self.journal, *unfinished]
        if self.gives_up_with is not None:
            self.out.call("return ([", journal, f"], {error}), {self.gives_up_with}")
            return
        state = self.state if error is None else self.state | {"error": error}
        arguments = [f"{name}={value}" for name, value in state.items()]
        results = f"[{', '.join(journal)}]"
        if len(results) > LONGEST_JOURNAL:
            self.out.call("results = [", journal, "]")
            results = "results"
        finish = f"return await {self.tool('finish')}("
        self.out.call(finish, [*self.dialect.connection, results, *arguments])

    @contextmanager
    def or_hand_over(
        self, expected: str, unfinished: Sequence[str] = (), *, with_error: bool = False
    ) -> Iterator[None]:
        """Write a block after which an `expected` exception is the generic path's affair.

        See `hand_over`. The request is not finished inside of `except`: what code of users raises
        must not have an exception of ours as its context.
        """
        self.out.line("failed = None")
        with self.out.block("try:"):
            yield
        with self.out.block(f"except {expected} as error:"):
            self.out.line("failed = error")
        with self.out.block("if failed is not None:"):
            self.hand_over("failed" if with_error else None, unfinished)

    def send_object(self, before: str, response: str, background: str) -> None:
        """Write the sending of a response object."""
        send = self.dialect.send_object
        if send in self.tools:
            send = self.tool(send)
        arguments = [response, background, *self.dialect.send_object_arguments]
        self.out.call(f"{before}{send}(", arguments)

    def traced(self, out: Writer | None = None) -> Any:
        """A block for the span that the next call is to run in, where the plan asks for one."""
        span, self.next_span = self.next_span, None
        return nullcontext() if span is None else (out or self.out).block(f"with {span}:")

    def unless_response(self) -> Any:
        """A block for results that are not responses themselves, where one is needed."""
        return self.out.block("if not is_response:") if self.late_answer else nullcontext()
