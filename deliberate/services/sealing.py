"""Files that only the holder of a code can open: sealed by whoever made them, who cannot open them again.

X25519 with a fresh key for each file, HKDF-SHA256, ChaCha20-Poly1305. The private key is worked out from the
code and the installation's key, and is stored nowhere.
"""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .secrets import normalise

_NONCE = bytes(12)
"""Each key seals one file."""
_KEY = 32


class WrongCode(Exception):
    """This code does not open the file, or the file is not what was sealed."""


def public_key(code: str, key: bytes) -> str:
    """What files are sealed to, for the holder of that code; in hexadecimal."""
    return _private(code, key).public_key().public_bytes_raw().hex()


def seal(data: bytes, to: str, label: str) -> bytes:
    """The data for the holder of the code behind `to`; `label` says what it is and must be told again."""
    once, whose = X25519PrivateKey.generate(), bytes.fromhex(to)
    sender = once.public_key().public_bytes_raw()
    secret = _derived(once.exchange(X25519PublicKey.from_public_bytes(whose)), sender + whose)
    return sender + ChaCha20Poly1305(secret).encrypt(_NONCE, data, label.encode())


def unseal(sealed: bytes, code: str, key: bytes, label: str) -> bytes:
    """What was sealed; WrongCode when this is not its code, its label or its bytes."""
    private, sender = _private(code, key), sealed[:_KEY]
    try:
        shared = private.exchange(X25519PublicKey.from_public_bytes(sender))
        secret = _derived(shared, sender + private.public_key().public_bytes_raw())
        return ChaCha20Poly1305(secret).decrypt(_NONCE, sealed[_KEY:], label.encode())
    except (InvalidTag, ValueError) as wrong:
        raise WrongCode from wrong


def _private(code: str, key: bytes) -> X25519PrivateKey:
    seed = hmac.new(key, b"sealed|" + normalise(code).encode(), hashlib.sha256).digest()
    return X25519PrivateKey.from_private_bytes(seed)


def _derived(shared: bytes, about: bytes) -> bytes:
    return HKDF(SHA256(), _KEY, None, b"deliberate sealed file" + about).derive(shared)
