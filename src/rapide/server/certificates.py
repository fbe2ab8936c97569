"""Check that TLS can be served as configured, before the server starts.

The server would notice too, but later, in its log, and sometimes with a traceback.
"""

from __future__ import annotations

import logging
import ssl
import sys
from pathlib import Path
from typing import Final

from rapide.server.option_kinds import ClientCertificates
from rapide.server.options import OptionError, Options
from rapide.server.sockets import reason_of

#: Options that mean nothing without `--ssl-certfile`.
_NEED_CERTIFICATE: Final = (
    *("ssl_keyfile", "ssl_ca_certs", "ssl_cert_reqs", "ssl_ciphers", "ssl_minimum_version"),
)
_errors: Final = logging.getLogger("uvicorn.error")


class CertificateError(OptionError):
    """A certificate or a key cannot be used; the message gives the reason in one line."""


def check_certificate(options: Options, *, may_ask: bool = True) -> None:
    """Load the certificate with its key.

    Args:
        options: The options of the server.
        may_ask: Whether the server may ask for the key's password later.

    Raises:
        CertificateError: They cannot be used.
    """
    _check_needs(options)
    certificate, key = options.ssl_certfile, options.ssl_keyfile
    password = options.ssl_keyfile_password
    if certificate is None:
        return
    for path, option in ((certificate, "--ssl-certfile"), (key, "--ssl-keyfile")):
        if path is not None:
            check_readable(path, option)
    asked = []

    def get_password() -> str:
        asked.append(True)
        return password or ""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _check_clients(context, options)
    try:
        context.load_cert_chain(certificate, key, get_password)
    except (ssl.SSLError, OSError, ValueError) as error:
        if not asked:
            raise CertificateError(_problem(certificate, key, error)) from error
        if password is not None:
            problem = "--ssl-keyfile-password is not its password"
        elif may_ask and sys.stdin is not None and sys.stdin.isatty():
            return  # the server asks for it
        else:
            problem = "it has a password: --ssl-keyfile-password"
        raise CertificateError(f"cannot use the key {key or certificate}: {problem}") from error


def _check_needs(options: Options) -> None:
    """Check that options which mean nothing alone are not alone."""
    for option in _NEED_CERTIFICATE:
        value = getattr(options, option)
        if value != getattr(Options(), option) and options.ssl_certfile is None:
            flag = option.replace("_", "-")
            raise CertificateError(f"--{flag} {value} needs --ssl-certfile")
    if options.ssl_ca_certs and options.ssl_cert_reqs is ClientCertificates.NONE:
        raise CertificateError("--ssl-ca-certs needs --ssl-cert-reqs optional or required")
    if not options.ssl_ca_certs and options.ssl_cert_reqs is not ClientCertificates.NONE:
        raise CertificateError(f"--ssl-cert-reqs {options.ssl_cert_reqs} needs --ssl-ca-certs")


def _check_clients(context: ssl.SSLContext, options: Options) -> None:
    authorities = options.ssl_ca_certs
    if authorities is not None:
        check_readable(authorities, "--ssl-ca-certs")
        try:
            context.load_verify_locations(authorities)
        except (ssl.SSLError, OSError) as error:
            problem = f"--ssl-ca-certs: {authorities} does not hold certificates in PEM form"
            raise CertificateError(problem) from error
    if options.ssl_ciphers is not None:
        try:
            context.set_ciphers(options.ssl_ciphers)
        except ssl.SSLError as error:
            problem = "OpenSSL knows none of these ciphers"
            raise CertificateError(f"--ssl-ciphers {options.ssl_ciphers}: {problem}") from error


class Renewal:
    """A certificate whose files may be replaced while the server runs.

    Args:
        context: The context of the server. Connections that exist keep their certificate.
        options: The options of the server.
    """

    def __init__(self, context: ssl.SSLContext, options: Options) -> None:
        self._context = context
        self._options = options
        self._seen = self._look()

    def renew_if_changed(self) -> None:
        """Load the certificate again if one of its files is another one."""
        if self._look() != self._seen:
            self.renew()

    def renew(self) -> None:
        """Load the certificate again. If that is not possible, the old one is kept."""
        options = self._options
        self._seen = self._look()
        assert options.ssl_certfile is not None
        password = options.ssl_keyfile_password
        try:
            check_certificate(options, may_ask=False)
            self._context.load_cert_chain(options.ssl_certfile, options.ssl_keyfile, password)
        except (CertificateError, OSError) as error:  # the files may change between the two
            _errors.error("The certificate is not renewed: %s", error)
            return
        _errors.info("The certificate %s has been read again", options.ssl_certfile)

    def _look(self) -> list[tuple[int, int, int] | None]:
        paths = [self._options.ssl_certfile, self._options.ssl_keyfile]
        return [_identity(path) for path in paths if path is not None]


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


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
