"""WebSockets (RFC 6455) of `rapide run`."""
