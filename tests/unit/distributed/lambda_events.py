"""Events of AWS Lambda for HTTP requests, in the forms that AWS documents."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx

Event = dict[str, Any]


def _body(request: httpx.Request) -> Event:
    """Return the body as API Gateway gives it: bytes that may be no text are base64."""
    content = request.read()
    kind = request.headers.get("content-type", "")
    if not content:
        return {"body": None, "isBase64Encoded": False}
    if kind.startswith(("application/json", "text/")):
        return {"body": content.decode(), "isBase64Encoded": False}
    return {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}


def _lists(request: httpx.Request) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.multi_items():
        headers.setdefault(name, []).append(value)
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(request.url.query.decode(), keep_blank_values=True):
        query.setdefault(name, []).append(value)
    return headers, query


def _last(values: dict[str, list[str]]) -> dict[str, str]:
    return {name: several[-1] for name, several in values.items()}


def rest_api(request: httpx.Request) -> Event:
    """An event of API Gateway, payload format 1.0."""
    headers, query = _lists(request)
    return {
        "version": "1.0",
        "resource": "/{proxy+}",
        "path": request.url.path,
        "httpMethod": request.method,
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"proxy": request.url.path.lstrip("/")},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": request.method,
            "path": request.url.path,
            "stage": "prod",
            "identity": {"sourceIp": "192.0.2.7", "userAgent": "test"},
        },
        **_body(request),
    }


def http_api(request: httpx.Request) -> Event:
    """An event of API Gateway, payload format 2.0."""
    headers, _ = _lists(request)
    cookies = headers.pop("cookie", [])
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.url.path,
        "rawQueryString": request.url.query.decode(),
        "headers": {name: ",".join(values) for name, values in headers.items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api-id",
            "domainName": "id.execute-api.us-east-1.amazonaws.com",
            "http": {
                "method": request.method,
                "path": request.url.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.7",
                "userAgent": "test",
            },
            "routeKey": "$default",
            "stage": "$default",
        },
        **_body(request),
    }
    if cookies:
        event["cookies"] = [part for cookie in cookies for part in cookie.split("; ")]
    return event


def function_url(request: httpx.Request) -> Event:
    """An event of a function URL, which is like payload format 2.0."""
    event = http_api(request)
    event["requestContext"] |= {
        "accountId": "anonymous",
        "apiId": "urlid",
        "domainName": "urlid.lambda-url.us-west-2.on.aws",
        "authentication": None,
    }
    return event


def load_balancer(request: httpx.Request) -> Event:
    """An event of an Application Load Balancer with multi-value headers."""
    headers, _ = _lists(request)
    # The load balancer does not decode the values of the query.
    query: dict[str, list[str]] = {}
    for part in filter(None, request.url.query.decode().split("&")):
        name, _, value = part.partition("=")
        query.setdefault(name, []).append(value)
    return {
        "requestContext": {
            "elb": {
                "targetGroupArn": "arn:aws:elasticloadbalancing:us-east-2:123456789012:"
                "targetgroup/lambda-279XGJDqGZ5rsrHC2Fjr/49e9d65c45c6791a"
            }
        },
        "httpMethod": request.method,
        "path": request.url.path,
        "multiValueQueryStringParameters": query,
        "multiValueHeaders": {**headers, "x-forwarded-for": ["192.0.2.7"]},
        **(_body(request) | ({} if request.read() else {"body": ""})),
    }


EVENTS: list[Callable[[httpx.Request], Event]] = [rest_api, http_api, function_url, load_balancer]


class LambdaTransport(httpx.BaseTransport):
    """Sends requests of httpx to the handler of a function."""

    def __init__(
        self, handler: Callable[[Any, Any], Event], event: Callable[[httpx.Request], Event]
    ) -> None:
        self.handler = handler
        self.event = event

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.handler(self.event(request), None)
        headers = list((answer.get("headers") or {}).items())
        for name, values in (answer.get("multiValueHeaders") or {}).items():
            headers += [(name, value) for value in values]
        headers += [("set-cookie", cookie) for cookie in answer.get("cookies", ())]
        content = answer["body"].encode()
        if answer["isBase64Encoded"]:
            content = base64.b64decode(content)
        return httpx.Response(answer["statusCode"], headers=headers, content=content)
