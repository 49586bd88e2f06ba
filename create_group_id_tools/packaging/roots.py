"""Write certifi's roots as a folder of OpenSSL, from which a handshake only reads one file.

https://docs.openssl.org/3.0/man1/openssl-rehash/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from OpenSSL.crypto import FILETYPE_PEM, load_certificate

if TYPE_CHECKING:
    from pathlib import Path

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----\n.+?-----END CERTIFICATE-----\n", re.DOTALL)


def replace_bundle(tree: Path) -> None:
    """Replace certifi's file in `tree` with the folder that `create_group_id.dial` reads."""
    file, folder = tree / "certifi" / "cacert.pem", tree / "create_group_id" / "roots"
    if not file.exists() or not folder.parent.exists():
        return
    folder.mkdir()
    for certificate in _PEM.findall(file.read_bytes()):
        add(folder, certificate)
    file.unlink()


def add(folder: Path, certificate: bytes) -> Path:
    """Write a PEM certificate to a file named by the hash of its subject; return the file."""
    subject = load_certificate(FILETYPE_PEM, certificate).subject_name_hash()
    number = len(list(folder.glob(f"{subject:08x}.*")))
    file = folder / f"{subject:08x}.{number}"
    file.write_bytes(certificate)
    return file
