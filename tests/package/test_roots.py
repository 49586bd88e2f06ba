"""certifi's roots in a hashed folder: OpenSSL finds each by its name, and trusts no other."""

from __future__ import annotations

import datetime as dt
import re
import ssl
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from create_group_id import dial
from create_group_id_tools.packaging import roots
from tests.wire import a_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

HOST = "onsmqtt.example"
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)
SRC = Path(__file__).parents[2] / "src"
ROOTS = PEM.findall(Path(certifi.where()).read_bytes())


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a tree in which the package step has hashed certifi's roots."""
    tree = tmp_path_factory.mktemp("tree")
    (tree / "certifi").mkdir()
    (tree / "create_group_id").mkdir()
    (tree / "certifi" / "cacert.pem").write_bytes(Path(certifi.where()).read_bytes())
    roots.replace_bundle(tree)
    return tree


@pytest.fixture
def folder(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of the roots, from which `tls_context` verifies."""
    monkeypatch.setattr(dial, "ROOTS", tree / dial.ROOTS.relative_to(SRC))
    dial.tls_context.cache_clear()
    yield dial.ROOTS
    dial.tls_context.cache_clear()


def shake_hands(server_side: ssl.SSLContext, host: str) -> None:
    """Shake hands in memory, as a client of that host; raises what the client raises."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = dial.tls_context().wrap_bio(to_client, to_server, server_hostname=host)
    server = server_side.wrap_bio(to_server, to_client, server_side=True)
    for end in (client, server, client):
        with suppress(ssl.SSLWantReadError):
            end.do_handshake()


def claiming(issuer: x509.Name, key: Key, folder: Path) -> ssl.SSLContext:
    """Return the context of a server whose certificate says falsely that this issuer signed it."""
    now = dt.datetime.now(dt.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_every_root_of_certifi_is_there_and_the_file_is_not(tree: Path, folder: Path) -> None:
    assert len(ROOTS) > 100
    assert sorted(file.read_bytes() for file in folder.iterdir()) == sorted(ROOTS)
    assert not (tree / "certifi" / "cacert.pem").exists()


@pytest.mark.usefixtures("folder")
def test_openssl_finds_every_root_by_its_name(tmp_path: Path) -> None:
    # The server's certificate names the root as its issuer, falsely. If OpenSSL finds the root, the
    # signature is wrong; if not, the issuer is unknown.
    rsa_key, ec_key = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    for pem in ROOTS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about a root with a negative serial number
            root = x509.load_pem_x509_certificate(pem)
            is_rsa = isinstance(root.public_key(), rsa.RSAPublicKey)
        with pytest.raises(ssl.SSLCertVerificationError) as error_info:
            shake_hands(claiming(root.subject, rsa_key if is_rsa else ec_key, tmp_path), HOST)
        assert error_info.value.verify_message == "certificate signature failure", root.subject


@pytest.mark.usefixtures("folder")
def test_an_unknown_root_is_refused(tmp_path: Path) -> None:
    server_side, _ = a_certificate(tmp_path, HOST)
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        shake_hands(server_side, HOST)
    nobody = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        shake_hands(claiming(nobody, ec.generate_private_key(ec.SECP256R1()), tmp_path), HOST)


def test_a_known_root_is_accepted_and_another_host_is_not(tmp_path: Path, folder: Path) -> None:
    server_side, certificate = a_certificate(tmp_path, HOST)
    added = roots.add(folder, certificate.read_bytes())
    try:
        shake_hands(server_side, HOST)
        with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
            shake_hands(server_side, "other.example")
    finally:
        added.unlink()


def test_two_roots_of_one_name_get_two_files(tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        _, certificate = a_certificate(tmp_path / str(number), HOST)
        file = roots.add(tmp_path, certificate.read_bytes())
        assert file.suffix == f".{number}"


def test_without_the_folder_certifis_file_is_read() -> None:
    dial.tls_context.cache_clear()
    assert not dial.ROOTS.exists()
    assert len(dial.tls_context().get_ca_certs()) == len(ROOTS)
    dial.tls_context.cache_clear()
