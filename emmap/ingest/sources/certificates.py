"""Whom encrypted connections trust: the system's authorities (a city's own among them) and the well-known ones."""

import ssl

import certifi

from emmap.ingest.sources.faults import Fault


def trusted() -> ssl.SSLContext:
    """A context that checks certificate and name. `SSL_CERT_FILE` and `SSL_CERT_DIR` name other authorities."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def refused(error: BaseException | None) -> Fault | None:
    """The fault, where a certificate was the reason of an error or of what caused it."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return Fault(
                "bad_certificate",
                f"对方的证书不可信（{error.verify_message}）；请检查地址、本机时间，或把发证机构装进系统。",
                f"The server's certificate is not trusted ({error.verify_message}): check the address and this machine's "
                "clock, or install its authority.",
            )
        error = error.__cause__ or error.__context__
    return None
