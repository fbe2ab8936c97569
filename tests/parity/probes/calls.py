"""Draw the requests that are made of a probed application."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from ..client import BOUNDARY, multipart
from .description import Application, Endpoint, Function, Parameter, Sent, Use

KINDS = ("http", "http404", "starlette", "mine", "other", "invalid", "key", "value")
KINDS_OF_VALIDATORS = ("value", "value", "assertion", "custom", "key", "http", "mine")


def calls(app: Application, random: Random) -> Application:
    """Add requests to the description of an application."""
    made = [call for endpoint in app.endpoints for call in _Calls(app, endpoint, random).some()]
    if random.randrange(6) == 0:
        made.append(Sent("POST", "/nowhere"))
        made.append(Sent("PATCH", app.endpoints[0].path))
    return replace(app, calls=tuple(made))


class _Calls:
    def __init__(self, app: Application, endpoint: Endpoint, random: Random) -> None:
        self.app, self.endpoint, self.random = app, endpoint, random
        # A stream listens for the client while a function reads the body. Which of them gets
        # which part depends on when the parts come.
        self.is_raced = any(
            "J.read" in line for layer in app.middleware for line in layer.steps_after
        )
        self.models = {model.name: model for model in app.models}
        functions = {function.name: function for function in app.dependencies}
        overrides = dict(app.overrides)
        self.places: list[str] = []
        self.parameters: dict[tuple[str, str], Parameter] = {}

        def visit(function: Function) -> None:
            self.places.append(function.name)
            if "generator" in function.kind:
                self.places.append(f"{function.name} finally")
                if function is endpoint.function:
                    self.places[-1] = f"{function.name} stream"
            for parameter in function.parameters:
                self.parameters.setdefault((parameter.place, parameter.name), parameter)
            for use in function.uses:
                follow(use)

        def follow(use: Use) -> None:
            name = overrides.get(use.dependency, use.dependency)
            if name in functions:
                visit(functions[name])

        for use in (*app.required, *app.inclusion_required, *app.router_required):
            follow(use)
        for use in endpoint.required:
            follow(use)
        visit(endpoint.function)
        self.validating = [v.name for v in app.validators]
        for model in app.models:
            for method in model.methods:
                for line in method.lines:
                    if line.startswith("def "):
                        self.validating.append(f"{model.name}.{line[4:].partition('(')[0]}")
        self.places += [handler.name for handler in app.handlers]
        for middleware in app.middleware:
            self.places += [middleware.name, f"{middleware.name} after"]
        self.places += [function.name for function in app.background]

    def some(self) -> list[Sent]:
        """Return a right request, and wrong ones."""
        made = [self.request(), self.request(self.raising())]
        made += [self.request(self.raising(), wrong=1) for _ in range(2)]
        made.append(self.request({}, wrong=self.random.randint(1, 3)))
        if self.random.randrange(2):
            made.append(replace(self.request(self.raising()), content=self.odd_content()))
        return made

    def raising(self) -> dict[str, str]:
        """Choose where exceptions are raised; most often at one place."""
        raising = {}
        for _ in range(self.random.choice((0, 1, 1, 1, 2))):
            if self.validating and self.random.randrange(3) == 0:
                place = self.random.choice(self.validating)
                raising[place] = self.random.choice(KINDS_OF_VALIDATORS)
            else:
                raising[self.random.choice(self.places)] = self.random.choice(KINDS)
        return raising

    def odd_content(self) -> tuple[bytes, ...]:
        odd = (b"", b"{", b"null", b"[]", b'{"a": 1', b'"x"', b"a=1&b=2")
        return (self.random.choice(odd),)

    def value(self, parameter: Parameter, is_bad: bool) -> Any:
        """Choose a raw value; for a model a dictionary of raw values."""
        raw = (parameter.type.bad or parameter.type.good) if is_bad else parameter.type.good
        chosen = self.random.choice(raw)
        model = self.models.get(chosen) if isinstance(chosen, str) else None
        if model is None:
            return chosen
        made: dict[str, Any] = {}
        wrong = self.random.choice(model.fields).name if is_bad and model.fields else ""
        for field in model.fields:
            if field.default and self.random.randrange(2):
                continue
            if field.name == wrong and self.random.randrange(2):
                continue
            made[field.sent_as] = self.value(field, field.name == wrong)
        return [made] if parameter.type.annotation.startswith("list[") else made

    def request(self, raising: dict[str, str] | None = None, wrong: int = 0) -> Sent:
        """Draw a request with some wrong or missing values."""
        keys = list(self.parameters)
        bad = set(self.random.sample(keys, min(wrong, len(keys))))
        absent = {key for key in bad if self.random.randrange(2)}
        given: dict[str, dict[str, Any]] = {}
        for key, parameter in self.parameters.items():
            optional = parameter.default or any("factory" in o for o in parameter.options)
            if key in absent and parameter.place != "path":
                continue
            if optional and self.random.randrange(3) == 0:
                continue
            given.setdefault(parameter.place, {})[parameter.sent_as or parameter.name] = self.value(
                parameter, key in bad
            )
        return self.encoded(given, raising or {})

    def encoded(self, given: dict[str, dict[str, Any]], raising: dict[str, str]) -> Sent:
        path = self.endpoint.path
        for name, value in given.get("path", {}).items():
            path = path.replace(f"{{{name}}}", quote(str(value), safe="") or "x")
        if self.endpoint.where == "router":
            path = f"/r{path}"
        query = urlencode(_flat(given.get("query", {})), doseq=True)
        headers = [(name, str(value)) for name, value in _flat(given.get("header", {})).items()]
        if cookies := _flat(given.get("cookie", {})):
            headers.append(("cookie", "; ".join(f"{k}={v}" for k, v in cookies.items())))
        if self.random.randrange(3) == 0:
            headers.append(("x-key", "k"))
        if self.random.randrange(4) == 0:
            headers.append(("origin", "http://a.example"))
        content, content_type = self.content(given)
        if content_type:
            headers.append(("content-type", content_type))
        half = len(content) // 2
        is_split = half and not self.random.randrange(3)
        parts = (content[:half], content[half:]) if is_split and not self.is_raced else ()
        return Sent(
            self.endpoint.method.upper(),
            f"{path}?{query}" if query else path,
            tuple(headers),
            parts or ((content,) if content else ()),
            tuple(raising.items()),
        )

    def content(self, given: dict[str, dict[str, Any]]) -> tuple[bytes, str]:
        body = given.get("body", {})
        if body:
            parameters = [p for p in self.parameters.values() if p.place == "body"]
            lone = len(parameters) == 1 and "embed=True" not in parameters[0].options
            if lone or self.random.randrange(12) == 0:
                body = next(iter(body.values()))
            kind = "text/plain" if self.random.randrange(15) == 0 else "application/json"
            return json.dumps(body).encode(), kind
        form, files = _flat(given.get("form", {})), given.get("file", {})
        if files or (form and self.random.randrange(2)):
            parts = [(name, f"{name}.txt", "text/plain", b"content") for name in files]
            fields = [(name, None, None, str(value).encode()) for name, value in form.items()]
            return multipart([*fields, *parts]), f"multipart/form-data; boundary={BOUNDARY}"
        if form:
            return urlencode(form, doseq=True).encode(), "application/x-www-form-urlencoded"
        return b"", ""


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Put the fields of models beside the other values."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= value if isinstance(value, dict) else {name: value}
    return flat
