"""What a debugger and a log show of the wire's objects."""

from .stage import Stage, request


def test_a_connection_shows_its_state_its_request_and_how_many_wait():
    stage = Stage()
    assert repr(stage.connection) == "<Http11Protocol ('192.0.2.1', 50000) open: None, 0 waiting>"
    stage.receive(request("/stream") + request("/hello") * 2)
    assert repr(stage.connection) == (
        "<Http11Protocol ('192.0.2.1', 50000) open: "
        "<Http11Exchange GET /stream: request received, response started>, 2 waiting>"
    )


def test_an_exchange_shows_whether_its_client_is_gone():
    stage = Stage()
    stage.receive(request("/wait", method="POST", length=5))
    exchange = stage.current
    assert repr(exchange) == "<Http11Exchange POST /wait: request receiving, response expected>"
    assert repr(stage.connection.parser) == "<RequestParser: counted body>"
    stage.connection.connection_lost(None)
    assert repr(exchange).endswith("response expected, client gone>")
    assert repr(stage.connection).startswith("<Http11Protocol ('192.0.2.1', 50000) closed:")
