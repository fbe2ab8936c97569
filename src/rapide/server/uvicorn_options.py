"""Options that uvicorn knows, under its names."""

from __future__ import annotations

import ssl
from typing import Any, Final

from rapide.server.checks import header_fields
from rapide.server.option_kinds import ClientCertificates, TlsVersion
from rapide.server.options import Options

_VERIFY_MODES: Final = {
    ClientCertificates.NONE: ssl.CERT_NONE,
    ClientCertificates.OPTIONAL: ssl.CERT_OPTIONAL,
    ClientCertificates.REQUIRED: ssl.CERT_REQUIRED,
}
_VERSIONS: Final = {
    TlsVersion.V1_2: ssl.TLSVersion.TLSv1_2,
    TlsVersion.V1_3: ssl.TLSVersion.TLSv1_3,
}


def tls_options(options: Options) -> dict[str, Any]:
    """Return the options of TLS."""
    return {
        "ssl_keyfile": options.ssl_keyfile,
        "ssl_certfile": options.ssl_certfile,
        "ssl_keyfile_password": options.ssl_keyfile_password,
        "ssl_ca_certs": options.ssl_ca_certs,
        "ssl_cert_reqs": _VERIFY_MODES[options.ssl_cert_reqs],
        "ssl_ciphers": options.ssl_ciphers,
    }


def message_options(options: Options) -> dict[str, Any]:
    """Return the options of responses and of WebSockets."""
    return {
        "headers": header_fields(options),
        "server_header": options.server_header,
        "date_header": options.date_header,
        "ws_max_size": options.ws_max_size,
        "ws_max_queue": options.ws_max_queue,
        "ws_ping_interval": options.ws_ping_interval or None,
        "ws_ping_timeout": options.ws_ping_timeout or None,
        "ws_per_message_deflate": options.ws_per_message_deflate,
    }


def process_options(options: Options) -> dict[str, Any]:
    """Return the options of a process: its event loop, its lifespan, and when it starts again."""
    found: dict[str, Any] = {"loop": options.loop, "lifespan": options.lifespan.value}
    if options.reload:
        found |= {
            "reload_dirs": [str(folder.resolve()) for folder in options.reload_dir] or None,
            "reload_includes": [*options.reload_include] or None,
            "reload_excludes": [*options.reload_exclude] or None,
            "reload_delay": options.reload_delay,
        }
    return found


def limit_versions(context: ssl.SSLContext, options: Options) -> None:
    """Refuse older versions of TLS than the options allow."""
    context.minimum_version = _VERSIONS[options.ssl_minimum_version]
