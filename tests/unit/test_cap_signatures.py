"""Signed CAP messages: what a known sender signed is valid, and only that is read."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import SignatureConstructionMethod, XMLSigner

from emmap.ingest.cap import CapMessage, parse
from emmap.ingest.cap_signatures import certificates

OUTDATED = "old.example.cn"
SAMPLES = Path(__file__).parent.parent / "samples" / "cap"
MESSAGE = (
    '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>A</identifier><sender>gd@example.cn</sender>'
    "<sent>2026-05-21T09:00:00+08:00</sent><status>Actual<!-- --></status><msgType>Alert</msgType><scope>Public</scope>"
    "<info><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity>"
    "<certainty>Likely</certainty><headline>发布暴雨橙色预警信号</headline></info></alert>"
)


@lru_cache(maxsize=4)
def sender(name: str) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    key = generate_private_key(SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=-1 if name == OUTDATED else 30))
        .sign(key, SHA256())
    )
    return key, made


def signed(name: str = "gd.example.cn", message: str = MESSAGE) -> bytes:
    key, certificate = sender(name)
    signer = XMLSigner(SignatureConstructionMethod.enveloped, signature_algorithm="ecdsa-sha256")
    return etree.tostring(signer.sign(etree.fromstring(message), key=key, cert=[certificate]))


def read(content: bytes, *known: x509.Certificate) -> CapMessage:
    [message] = parse(content, known).messages
    return message


def state(content: bytes, *known: x509.Certificate) -> str:
    return read(content, *known).signature.state


def test_a_message_of_a_known_sender_is_valid_and_names_it() -> None:
    message = read(signed(), sender("gd.example.cn")[1])
    assert (message.signature.state, message.status) == ("valid", "Actual")
    assert "CN=gd.example.cn" in message.signature.zh


def test_without_the_senders_certificate_nothing_is_claimed() -> None:
    assert state(signed()) == "unchecked"
    assert state(signed("other.example.cn"), sender("gd.example.cn")[1]) == "unchecked"
    assert state(MESSAGE.encode(), sender("gd.example.cn")[1]) == "none"


@pytest.mark.parametrize(
    ("said", "instead"), [("橙色".encode(), "蓝色".encode()), (b"Severe", b"Minor"), (b">A<", b">B<")]
)
def test_a_message_that_was_altered_is_invalid(said: bytes, instead: bytes) -> None:
    content = etree.tostring(etree.fromstring(signed()), encoding="utf-8")
    assert said in content
    assert state(content.replace(said, instead), sender("gd.example.cn")[1]) == "invalid"


def test_an_outdated_certificate_vouches_for_nothing() -> None:
    content = signed(OUTDATED)
    assert state(content, sender(OUTDATED)[1]) == "invalid"


def test_what_is_put_around_a_signed_message_is_not_read_as_signed() -> None:
    """Signature wrapping: the signed part is moved aside, and another message stands where it is looked for."""
    known = sender("gd.example.cn")[1]
    original = etree.fromstring(signed())
    forged = etree.fromstring(MESSAGE.replace(">A<", ">FORGED<"))
    signature = original[-1]
    holder = etree.SubElement(forged, "note")
    holder.append(etree.fromstring(signed()))
    forged.append(signature)
    for one in parse(etree.tostring(forged), (known,)).messages:
        assert one.identifier != "FORGED" or one.signature.state == "invalid"
    part = etree.fromstring(signed())
    reference = next(part.iter("{http://www.w3.org/2000/09/xmldsig#}Reference"))
    reference.set("URI", "#part")
    assert state(etree.tostring(part), known) == "invalid"


def test_sha_1_proves_nothing() -> None:
    raw = (SAMPLES / "google-canada_signed.cap").read_bytes()
    texts = [node.text or "" for node in etree.fromstring(raw).iter("{*}X509Certificate")]
    known = [
        x509.load_pem_x509_certificate(
            f"-----BEGIN CERTIFICATE-----\n{text.strip()}\n-----END CERTIFICATE-----\n".encode()
        )
        for text in texts
    ]
    found = read(raw, *known).signature
    assert found.state == "invalid"
    assert "SHA-1" in found.zh


def test_the_certificates_are_those_of_a_folder(tmp_path: Path) -> None:
    own = sender("gd.example.cn")[1]
    (tmp_path / "gd.pem").write_bytes(own.public_bytes(Encoding.PEM))
    (tmp_path / "read.me").write_text("no certificate")
    assert certificates(tmp_path) == (own,)
    assert certificates(None) == ()
