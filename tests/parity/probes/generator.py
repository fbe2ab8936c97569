"""Make the description of a random application from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from .calls import calls
from .choices import (
    AFTER,
    ANYWHERE,
    EXCLUSIONS,
    HANDLED,
    JSON_TYPES,
    KINDS,
    LIST_TYPES,
    METHODS,
    NAMES,
    PLACES_MARKERS,
    PLAIN_TYPES,
    RESPONSES,
    TO_READ,
    TO_REQUEST,
    TO_RESPONSE,
)
from .description import (
    Application,
    Endpoint,
    Function,
    Handler,
    Kind,
    Method,
    Middleware,
    Model,
    Parameter,
    Place,
    Type,
    Use,
    Validator,
)

T = TypeVar("T")


class Generator:
    """Draws the parts of one application."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.validators: list[Validator] = []
        self.models: list[Model] = []
        self.dependencies: list[Function] = []
        self.background: list[Function] = []
        self.depths: dict[str, int] = {}
        self.family: tuple[Place, ...] = self.one((("body",), ("body",), ("form", "file"), ()))

    # Drawing

    def one(self, choices: Sequence[T]) -> T:
        return self.random.choice(choices)

    def rarely(self, one_in: int) -> bool:
        return self.random.randrange(one_in) == 0

    def some(self, choices: Sequence[T], most: int) -> tuple[T, ...]:
        count = self.random.randint(0, min(most, len(choices)))
        return tuple(self.random.sample(list(choices), count))

    # Parts

    def application(self) -> Application:
        for n in range(self.random.randint(0, 3)):
            self.validators.append(self.validator(f"check_{n}"))
        for n in range(self.random.choice((0, 1, 1, 2))):
            self.models.append(self.model(f"M{n}"))
        if self.rarely(3):
            kind: Kind = self.one(("async", "sync"))
            self.background.append(Function("later_0", kind))
        for n in range(self.random.choice((0, 1, 2, 3, 4))):
            self.dependency(f"dep_{n}")
        endpoints = [self.endpoint(f"e{n}") for n in range(self.random.choice((1, 1, 2)))]
        app = Application(
            endpoints=tuple(endpoints),
            dependencies=tuple(self.dependencies),
            validators=tuple(self.validators),
            models=tuple(self.models),
            handlers=self.handlers(),
            middleware=self.middleware(),
            overrides=self.overrides(),
            options=self.one(((), (), (), ("default_response_class=Shown",), ("debug=True",))),
            required=self.uses((), 1) if self.rarely(6) else (),
            router_required=self.uses((), 1) if self.rarely(6) else (),
            inclusion_required=self.uses((), 1) if self.rarely(6) else (),
            router_options=self.router_options(),
            background=tuple(self.background),
        )
        return calls(app, self.random)

    def router_options(self) -> tuple[str, ...]:
        if not self.rarely(5):
            return ()
        return (f"route_class={self.one(('Route', 'ReadingRoute', 'RequestRoute'))}",)

    def overrides(self) -> tuple[tuple[str, str], ...]:
        if len(self.dependencies) < 2 or not self.rarely(8):
            return ()
        by, replaced = sorted(self.random.sample(range(len(self.dependencies)), 2))
        return ((f"dep_{replaced}", f"dep_{by}"),)

    def validator(self, name: str) -> Validator:
        mode = self.one(
            ("before", "after", "after", "wrap", "plain", "factory", "factory data", "serializer")
        )
        steps: tuple[str, ...] = ()
        if mode in ("before", "after") and self.rarely(3):
            steps = (f"if value in (3, '3', 7, [3]): raise ValueError('{name} refuses')",)
        if mode == "after" and self.rarely(4):
            steps = (f"return Annotated and ({name!r}, value)",)
        if mode == "factory":
            steps = (f"return {self.one(('7', '[7]', 'None', repr('x')))}",)
        if mode == "factory data":
            steps = (f"return {self.one(('len(data)', 'list(data)'))}",)
        takes_info = mode in ("before", "after", "wrap", "plain") and self.rarely(4)
        return Validator(name, mode, takes_info, steps)

    def validated(self, type_: Type) -> Type:
        """Put the validators of the application into a type."""
        names = {v.name: v.mode for v in self.validators if "factory" not in v.mode}
        if not names or not self.rarely(2):
            return type_
        name = self.one(tuple(names))
        kind = "PlainSerializer" if names[name] == "serializer" else names[name].title()
        kind = kind if kind == "PlainSerializer" else f"{kind}Validator"
        return Type(f"Annotated[{type_.annotation}, {kind}({name})]", type_.good, type_.bad)

    def factory(self, for_model: bool) -> tuple[str, ...]:
        kinds = ("factory", "factory data") if for_model else ("factory",)
        names = [v.name for v in self.validators if v.mode in kinds]
        if not names or not self.rarely(2):
            return ()
        validated = ("validate_default=True",) if self.rarely(3) else ()
        return (f"default_factory={self.one(names)}", *validated)

    def model(self, name: str) -> Model:
        fields = []
        for field in self.random.sample(NAMES[:5], self.random.randint(1, 3)):
            type_ = self.validated(self.one(PLAIN_TYPES))
            options = self.factory(for_model=True)
            default = self.one(("", "", "3", "None")) if not options else ""
            if default and self.rarely(4):
                options = ("validate_default=True",)
            alias = f"{field}-alias" if self.rarely(6) else ""
            if alias:
                options += (f"alias={alias!r}",)
            fields.append(Parameter(field, "body", type_, "", options, default, alias or field))
        methods = tuple(self.method(name, kind, fields) for kind in self.some(tuple(METHODS), 2))
        config = self.one(("", "", "", "extra='forbid'", "extra='allow'", "populate_by_name=True"))
        return Model(name, tuple(fields), methods, config)

    def method(self, name: str, kind: str, fields: Sequence[Parameter]) -> Method:
        field, other = fields[0].name, fields[-1].sent_as
        return Method(
            tuple(
                line.format(name=name, field=field, other=other)
                for line in METHODS[kind].strip().splitlines()
                if "{other}" not in line or self.rarely(2)
            )
        )

    def type_for(self, place: Place) -> Type:
        if place == "file":
            return Type(self.one(("UploadFile", "bytes", "UploadFile | None", "list[UploadFile]")))
        if place == "body":
            return self.body_type()
        if place in ("query", "header", "form", "cookie") and self.models and self.rarely(6):
            return self.of_model(self.one(self.models), ())
        if place in ("query", "header", "form") and self.rarely(4):
            return self.validated(self.one(LIST_TYPES))
        return self.validated(self.one(PLAIN_TYPES))

    def of_model(self, model: Model, wrap: Sequence[str]) -> Type:
        return Type(self.one(wrap) if wrap else model.name, (model.name,), (model.name,))

    def body_type(self) -> Type:
        if self.models and not self.rarely(3):
            name = self.one(self.models).name
            annotation = self.one((name, name, name, f"Optional[{name}]", f"list[{name}]"))
            return Type(annotation, (name,), (name,))
        return self.validated(self.one(JSON_TYPES))

    def parameter(self, name: str, place: Place) -> Parameter:
        type_ = self.type_for(place)
        options: tuple[str, ...] = ()
        default = ""
        if place != "path":
            options = self.factory(for_model=False)
            if not options:
                default = self.one(("", "", "None", "3"))
            if default and self.rarely(5):
                options = ("validate_default=True",)
        if place == "body" and self.rarely(5):
            options += ("embed=True",)
        sent_as = name.replace("_", "-") if place == "header" else name
        return Parameter(name, place, type_, PLACES_MARKERS[place], options, default, sent_as)

    def uses(self, names: Sequence[str], most: int, deepest: int = 3) -> tuple[Use, ...]:
        allowed = [name for name, depth in self.depths.items() if depth < deepest]
        if not allowed:
            return ()
        count = len(names) or self.random.randint(1, most)
        used = [self.one(allowed) for _ in range(count)]
        return tuple(
            self.use(name, dep) for name, dep in zip(names or [""] * count, used, strict=True)
        )

    def use(self, name: str, dependency: str) -> Use:
        if self.rarely(8):
            scheme = self.one(("key", "key", "strict_key", "bearer"))
            return Use(name, scheme, (), self.one(("Depends", "Security")))
        options: tuple[str, ...] = ()
        if self.rarely(4):
            options = ("use_cache=False",)
        if self.rarely(7):
            return Use(name, dependency, (*options, 'scopes=["read"]'), "Security")
        kinds = {function.name: function.kind for function in self.dependencies}
        if "generator" in kinds.get(dependency, "") and self.rarely(2):
            options += (self.one(('scope="function"', 'scope="request"')),)
        return Use(name, dependency, options)

    def function(self, name: str, kind: Kind, paths: Sequence[Parameter] = ()) -> Function:
        taken = {parameter.name for parameter in paths}
        names = self.random.sample(
            [n for n in NAMES if n not in taken], self.random.choice((0, 1, 1, 2, 3))
        )
        used = self.random.randint(0, min(2, len(names))) if self.depths else 0
        places: tuple[Place, ...] = ("query", "query", "header", "cookie", *self.family * 2)
        parameters = [*paths, *(self.parameter(n, self.one(places)) for n in names[used:])]
        injected = [] if self.rarely(2) else ["request"]
        injected += [word for word in ("response", "security_scopes") if self.rarely(8)]
        if self.background and self.rarely(2):
            injected.append("tasks")
        return Function(
            name,
            kind,
            tuple(parameters),
            self.uses(names[:used], 0) if used else (),
            tuple(injected),
            self.steps(name, injected, kind, is_stream="generator" in kind and name[0] == "e"),
        )

    def steps(
        self,
        name: str,
        injected: Sequence[str],
        kind: str,
        most: int = 2,
        is_stream: bool = False,
    ) -> tuple[str, ...]:
        choices = list(ANYWHERE)
        if "request" in injected:
            choices += TO_REQUEST
            # What a stream reads while it runs, a task that waits for the client may have got.
            if kind not in ("sync", "generator", "class", "partial") and not is_stream:
                choices += TO_READ
        if "response" in injected:
            choices += TO_RESPONSE
        if "tasks" in injected:
            choices += ['tasks.add_task(later_0, "{name}", by="{name}")'] * 6
        index = self.random.randint(0, 3)
        return tuple(step.format(name=name, index=index) for step in self.some(choices, most))

    def dependency(self, name: str) -> None:
        kind = self.one(KINDS)
        function = self.function(name, kind)
        changed = function.__dict__ | {
            "result": self.one(("", "", f"[{name!r}]", "None", "dict(a=1)"))
        }
        if "generator" in kind:
            caught = self.one(("", "Exception", "HTTPException", "BaseException"))
            after = self.steps(name, function.injected, kind)
            ends: tuple[str, ...] = ()
            if caught and self.rarely(3):
                ends = (self.one(("raise HTTPException(409) from error", "pass", "raise Mine")),)
            changed |= {
                "catches": caught,
                "steps_after": after,
                "steps_caught": (*self.steps(name, function.injected, kind, 1), *ends),
            }
        self.dependencies.append(Function(**changed))
        depths = [self.depths.get(use.dependency, 0) for use in function.uses]
        self.depths[name] = 1 + max(depths, default=-1)

    def endpoint(self, name: str) -> Endpoint:
        path, paths = f"/{name}", []
        if self.rarely(3):
            path += "/{p}"
            paths = [Parameter("p", "path", self.validated(self.one(PLAIN_TYPES)), "Path")]
        is_stream = self.rarely(8)
        kinds: tuple[Kind, ...] = (
            ("generator", "async generator") if is_stream else ("async", "sync")
        )
        function = self.function(name, self.one(kinds), paths)
        result, annotation, options = self.answer(function, is_stream)
        return Endpoint(
            Function(**function.__dict__ | {"result": result}),
            path,
            self.one(("post", "post", "post", "put", "get", "delete")),
            annotation,
            options,
            self.uses((), 2) if self.rarely(5) else (),
            "router" if self.rarely(3) else "app",
        )

    def answer(self, function: Function, is_stream: bool) -> tuple[str, str, tuple[str, ...]]:
        names = [p.name for p in function.parameters if p.place != "file"]
        if is_stream:
            classes = ("", "response_class=EventSourceResponse", "response_class=StreamingResponse")
            chosen = self.one(classes)
            item = '"line"' if "Streaming" in chosen else self.one(("{'a': 1}", '"x"'))
            return item, "", (chosen,) if chosen else ()
        classes = ("",) * 5 + ("response_class=Shown", "response_class=Rendered")
        options = tuple(filter(None, (self.one(classes),)))
        if self.rarely(10):
            options += ("status_code=201",)
        match self.random.randrange(6):
            case 0:
                return self.one(RESPONSES), "", ()
            case 1 if self.models:
                return self.model_answer(function, options)
            case 2 if self.models:
                return self.model_answer(function, options)
            case 3:
                serialized = [v.name for v in self.validators if v.mode == "serializer"]
                if serialized:
                    kind = f"PlainSerializer({self.one(serialized)})"
                    return self.one(("3", "'x'")), f"Annotated[Any, {kind}]", options
                return "{'a': [1, None]}", self.one(("", "dict", "Any")), options
            case _:
                shown = ", ".join(f"{name!r}: {name}" for name in names)
                return f"{{{shown}}}", self.one(("", "", "dict", "Any")), options

    def model_answer(
        self, function: Function, options: tuple[str, ...]
    ) -> tuple[str, str, tuple[str, ...]]:
        model = self.one(self.models)
        received = [p.name for p in function.parameters if p.type.annotation == model.name]
        values = {field.sent_as: self.one(field.type.good) for field in model.fields}
        if self.rarely(4) and values:
            values.pop(next(iter(values)))
        made = self.one((repr(values), f"{model.name}(**{values!r})"))
        result = self.one(received) if received and self.rarely(2) else made
        annotation = self.one((model.name, model.name, f"list[{model.name}]"))
        if annotation.startswith("list"):
            result = f"[{result}, {result}]"
        if self.rarely(4):
            options += (self.one(EXCLUSIONS),)
        if self.rarely(3):
            return result, "", (*options, f"response_model={annotation}")
        return result, annotation, options

    def handlers(self) -> tuple[Handler, ...]:
        handlers = []
        for n, of in enumerate(self.some(HANDLED, 3) if not self.rarely(3) else ()):
            is_async = not self.rarely(3)
            name = f"handle_{n}"
            steps = self.steps(name, ("request",), "async" if is_async else "sync")
            if is_async and self.rarely(3):
                steps += (self.one(TO_READ).format(name=name),)
            answer = self.one(
                (
                    "PlainTextResponse(type(exc).__name__, 499)",
                    'JSONResponse({"handled": str(exc)}, 498)',
                    "Shown({}, 497)",
                )
            )
            handlers.append(Handler(name, of, is_async, steps, answer))
        return tuple(handlers)

    def middleware(self) -> tuple[Middleware, ...]:
        if not self.rarely(3):
            return ()
        kinds = ("http", "http", "http", "asgi", "asgi", "cors", "class", "gzip")
        made = []
        for n in range(self.random.choice((1, 1, 2))):
            name, kind = f"around_{n}", self.one(kinds)
            reachable = ("request",) if kind in ("http", "class") else ()
            known = ("route", "path", "_body")
            steps = [
                s
                for s in self.steps(name, reachable, "async")
                if not any(f'"{name} {word}"' in s for word in known)
                and "path_params" not in s
                and "request._body =" not in s
            ]
            after: tuple[str, ...] = ()
            if reachable and self.rarely(3):
                after = (self.one(AFTER).format(name=name),)
            catches = self.one(("", "", 'return PlainTextResponse("caught", 496)'))
            if kind == "asgi":
                catches = ""
            made.append(Middleware(name, kind, tuple(steps), catches, after))  # type: ignore[arg-type]
        return tuple(made)
