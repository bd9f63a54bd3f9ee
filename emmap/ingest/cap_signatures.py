"""Signatures of CAP messages (XML-DSig, CAP 1.2 §3.3.2.1): whether a known sender signed what is read.

A message is `valid` only where the whole `alert` is signed by a certificate that the operator holds, and then exactly
what was signed is what is read on: not the document around it, not a comment within it. Certificates inside a message
prove nothing by themselves. What is signed by nobody that the operator knows is `unchecked`. SHA-1 proves nothing any
more; a signature with it counts as invalid.
"""

from base64 import b64decode
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from signxml.exceptions import InvalidCertificate, SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from emmap.errors import SetupError, Unreadable
from emmap.ingest.xml import document, name_of

DSIG = "http://www.w3.org/2000/09/xmldsig#"
MOST = 4
"""Signatures that one message may carry; each is checked as if it stood alone."""
_EXPECTED = SignatureConfiguration(location="./", expect_references=1)
"""A child of the alert, over one thing, with nothing weaker than SHA-2."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What is to be said of a message's signature: `none`, `unchecked`, `valid` or `invalid`; and by whom (the subject
    of the certificate), or why it is invalid."""

    state: str
    zh: str = ""
    en: str = ""


NONE = Signature("none")
UNCHECKED = Signature(
    "unchecked",
    "消息有签名，但没有配置这个发送方的证书，未核对。",
    "The message is signed, but the sender's certificate is not configured; not checked.",
)


def certificates(folder: Path | None) -> tuple[x509.Certificate, ...]:
    """The certificates (PEM) of a folder, read again when it changes; none where no folder is set.

    Raises `SetupError`, which names the file.
    """
    if folder is None:
        return ()
    try:
        files = sorted(path for path in folder.iterdir() if path.suffix in (".pem", ".crt", ".cer"))
        return _read(tuple((path, path.stat().st_mtime_ns) for path in files))
    except OSError as error:
        raise SetupError(
            f"EMMAP_CAP_CERTIFICATES 指定的文件夹 {folder} 无法读取：{error.strerror}。",
            f"The folder {folder} of EMMAP_CAP_CERTIFICATES cannot be read: {error.strerror}.",
        ) from None


@lru_cache(maxsize=2)
def _read(files: tuple[tuple[Path, int], ...]) -> tuple[x509.Certificate, ...]:
    found: list[x509.Certificate] = []
    for path, _ in files:
        try:
            found += x509.load_pem_x509_certificates(path.read_bytes())
        except ValueError:
            raise SetupError(
                f"证书文件 {path} 不是 PEM 格式的证书。", f"{path} holds no certificate in PEM form."
            ) from None
    return tuple(found)


def check(raw: bytes, known: tuple[x509.Certificate, ...]) -> tuple[Signature, etree._Element | None]:
    """The state of a message's signature; where it is valid, also the alert as it was signed.

    `raw` is one `alert` as its own document. Raises nothing: what cannot be checked is invalid.
    """
    if b"Signature" not in raw and b"S\0i\0g\0n" not in raw:
        return NONE, None
    try:
        root = document(raw, comments=True)
    except Unreadable:
        return NONE, None
    signed = [child for child in root if child.tag == f"{{{DSIG}}}Signature"]
    if not signed:
        return NONE, None
    if len(signed) > MOST:
        return _invalid("签名太多", "it carries too many signatures"), None
    wanted = [(i, one) for i in range(len(signed)) for one in known if _may_be(signed[i], one)]
    if not wanted:
        return UNCHECKED, None
    why = _invalid(
        "内容与签名不符，可能被改动过", "its content is not what was signed; it may have been altered"
    )
    for i, certificate in wanted:
        try:
            result = XMLVerifier().verify(
                _with_one(root, i),
                x509_cert=certificate,
                expect_config=_EXPECTED,
            )
        except InvalidCertificate:
            why = _invalid("证书不在有效期内", "its certificate is not valid now")
        except (
            SignXMLException,
            ValueError,
            TypeError,
            KeyError,
            UnsupportedAlgorithm,
            etree.LxmlError,
        ) as error:
            if "SHA1" in str(error):
                why = _invalid(
                    "签名算法是过时的 SHA-1，不能作为凭证", "it rests on SHA-1, which proves nothing any more"
                )
        else:
            assert not isinstance(result, list)
            read = _as_signed(result.signed_data) if _is_whole(signed[i]) else None
            if read is not None:
                subject = certificate.subject.rfc4514_string()
                return Signature("valid", f"签名有效：{subject}", f"Signature valid: {subject}"), read
            why = _invalid("签名没有覆盖整条消息", "it does not cover the whole message")
    return why, None


def _invalid(zh: str, en: str) -> Signature:
    return Signature("invalid", f"签名无效：{zh}。", f"Signature invalid: {en}.")


def _may_be(signature: etree._Element, certificate: x509.Certificate) -> bool:
    """Whether a signature claims to be of this certificate, or does not say whose it is."""
    embedded = [node.text or "" for node in signature.iter(f"{{{DSIG}}}X509Certificate")]
    if embedded:
        own = certificate.public_bytes(Encoding.DER)
        return any(_decoded(text) == own for text in embedded)
    moduli = [node.text or "" for node in signature.iter(f"{{{DSIG}}}Modulus")]
    if moduli:
        key = certificate.public_key()
        return isinstance(key, RSAPublicKey) and any(
            int.from_bytes(_decoded(text)) == key.public_numbers().n for text in moduli
        )
    return True


def _is_whole(signature: etree._Element) -> bool:
    """Whether it is said to cover the document and not some part of it, beside which another could be put to be read."""
    return [one.get("URI") for one in signature.iter(f"{{{DSIG}}}Reference")] in ([""], [None])


def _decoded(text: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except ValueError:
        return b""


def _with_one(root: etree._Element, number: int) -> etree._Element:
    """The message as the signer of one of its signatures had it: without the others'."""
    copy = deepcopy(root)
    signatures = [child for child in copy if child.tag == f"{{{DSIG}}}Signature"]
    for i, one in enumerate(signatures):
        if i == number:
            one.attrib.pop("Id", "")  # nobody signs it, and senders write such as no schema takes
            continue
        before = one.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + (one.tail or "")
        copy.remove(one)
    return copy


def _as_signed(data: bytes) -> etree._Element | None:
    """The alert that was signed, without the comments in it; None where something else was."""
    try:
        found = document(data)
    except Unreadable:
        return None
    return found if name_of(found) == "alert" else None
