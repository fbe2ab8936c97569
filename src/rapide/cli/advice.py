"""Advice about tools that prevent routes from being compiled."""

from rapide.generic import seams

#: By the package of the tool: its name, and how routes stay compiled with it.
_TOOLS = {
    "sentry_sdk": (
        "Sentry",
        "call sentry_sdk.init(disabled_integrations=[FastApiIntegration]). StarletteIntegration "
        "still reports errors and transactions, without the request's body and cookies.",
    ),
    "logfire": (
        "Logfire",
        "call logfire.configure() without logfire.instrument_fastapi(app): Rapide makes spans of "
        "requests, dependencies and endpoints itself.",
    ),
    "newrelic": (
        "New Relic",
        "write enabled = false under [import-hook:fastapi.routing] in newrelic.ini. "
        "Transactions are still reported.",
    ),
    "ddtrace": (
        "Datadog",
        "set DD_TRACE_FASTAPI_ENABLED=false, and add TraceMiddleware of ddtrace.contrib.asgi.",
    ),
}

_OTHER = "do the same in a middleware or a dependency, and leave rapide.{name} as it is."


def advice() -> list[str]:
    """Return one sentence for each tool that replaced functions of `rapide.routing`."""
    found: dict[str, str] = {}
    for replacement in seams.replaced():
        package = replacement.module.partition(".")[0]
        tool, text = _TOOLS.get(package, (replacement.module, _OTHER))
        found.setdefault(tool, text.format(name=replacement.name))
    return [f"To keep routes compiled with {tool}: {text}" for tool, text in found.items()]
