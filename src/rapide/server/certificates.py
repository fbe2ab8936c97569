"""Check that TLS can be served as configured, before the server starts.

The server would notice too, but later, in its log, and sometimes with a traceback.
"""

from __future__ import annotations

import ssl
import sys
from pathlib import Path

from rapide.server.options import OptionError, Options
from rapide.server.sockets import reason_of


class CertificateError(OptionError):
    """A certificate or a key cannot be used; the message gives the reason in one line."""


def check_certificate(options: Options) -> None:
    """Load the certificate with its key.

    Raises:
        CertificateError: They cannot be used.
    """
    certificate, key = options.ssl_certfile, options.ssl_keyfile
    password = options.ssl_keyfile_password
    if certificate is None:
        if key is not None:
            raise CertificateError(f"--ssl-keyfile {key} needs --ssl-certfile")
        return
    for path, option in ((certificate, "--ssl-certfile"), (key, "--ssl-keyfile")):
        if path is not None:
            check_readable(path, option)
    asked = []

    def get_password() -> str:
        asked.append(True)
        return password or ""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, get_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        if not asked:
            raise CertificateError(_problem(certificate, key, error)) from error
        if password is not None:
            problem = "--ssl-keyfile-password is not its password"
        elif sys.stdin is not None and sys.stdin.isatty():
            return  # the server asks for it
        else:
            problem = "it has a password: --ssl-keyfile-password"
        raise CertificateError(f"cannot use the key {key or certificate}: {problem}") from error


def check_readable(path: Path, option: str) -> None:
    """Open a file that an option names.

    Raises:
        CertificateError: It cannot be read.
    """
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise CertificateError(f"{option}: cannot read {path}: {reason_of(error)}") from error


def _problem(certificate: Path, key: Path | None, error: Exception) -> str:
    reason = getattr(error, "reason", None) or ""
    if "MISMATCH" in reason:
        return f"the key {key or certificate} is not that of the certificate {certificate}"
    if key is None:
        return f"{certificate} does not hold a certificate and its key (see --ssl-keyfile)"
    return f"{certificate} and {key} are not a certificate and its key in PEM form"
