"""The tenancy, its one user, and the user's API key, made on first use and kept (0600)."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

TENANCY = "ocid1.tenancy.oc1..local"
USER = "ocid1.user.oc1..ledger"
REGION = "eu-frankfurt-1"


@dataclass(frozen=True)
class Identity:
    """What a client signs with: the SDK's config and the public half that verifies it."""

    config: dict[str, str]
    public_key: rsa.RSAPublicKey

    @property
    def key_id(self) -> str:
        """``tenancy/user/fingerprint``, as requests name the key."""
        return "/".join(self.config[part] for part in ("tenancy", "user", "fingerprint"))


def identity(root: Path) -> Identity:
    """The identity whose private key is ``key.pem`` in ``root``."""
    path = root / "key.pem"
    if not path.exists():
        write_private(path, new_key())
    pem = path.read_bytes()
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{path} is not an RSA key; delete it and a new one is made")
    public = key.public_key()
    config = {
        "tenancy": TENANCY,
        "user": USER,
        "fingerprint": fingerprint(public),
        "region": REGION,
        "key_file": str(path.resolve()),
        "key_content": pem.decode(),
    }
    return Identity(config, public)


def new_key() -> str:
    """A fresh RSA private key, PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def fingerprint(key: rsa.RSAPublicKey) -> str:
    """The key's MD5 as OCI shows it: 16 pairs of hex digits."""
    der = key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.md5(der, usedforsecurity=False).digest().hex(":")


def write_private(path: Path, text: str) -> None:
    """Replaces ``path`` by a file that only its owner may read."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
