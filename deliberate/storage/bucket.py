"""Files in a bucket of any S3-compatible store, shared by many machines.

A put is answered when the store has it for good; its MD5 goes along, so that the store refuses what arrived
otherwise. What is named by its own hash is checked against it on its way back, before the last of its bytes is
handed out. Whatever the store does wrong is `StorageAway`; botocore tries again before it says so.
"""

import hashlib
import io
import os
import re
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import IO, Any

from botocore.config import Config as Ways
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.session import get_session

from .kept import StorageAway, is_strange, promised, refuse_strange

PIECE = 1 << 18
TRIES = 3
_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w./-]*))?", re.ASCII)
_NONE = ("404", "NoSuchKey", "NotFound")


@dataclass(frozen=True)
class Bucket:
    """A bucket, and what every name in it begins with."""

    client: Any
    bucket: str
    prefix: str
    seen: Event = field(default_factory=Event)

    @classmethod
    def at(cls, address: str, *, patience: float = 20) -> "Bucket":
        """`s3://bucket/prefix`; where it is and by which key comes from AWS_… as with every client of S3."""
        named = _ADDRESS.fullmatch(address)
        if named is None:
            raise ValueError(f"{address!r} is no s3://bucket/prefix")
        ways = Ways(
            connect_timeout=min(patience, 5),
            read_timeout=patience,
            retries={"mode": "standard", "total_max_attempts": TRIES},
            max_pool_connections=32,
            # checksums of botocore's own are unknown to most stores but Amazon's
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        prefix = (named[2] or "").strip("/")
        # botocore itself knows AWS_DEFAULT_REGION only, and files
        region = os.environ.get("AWS_REGION") or None
        client = get_session().create_client("s3", region_name=region, config=ways)
        return cls(client, named[1], f"{prefix}/" if prefix else "")

    def size(self, name: str) -> int | None:
        """By asking; of a bucket that is not there a store would say no more than of a file."""
        with self._promised():
            try:
                told = self.client.head_object(**self._key(name))
            except ClientError as error:
                if _code(error) not in _NONE:
                    raise
                self._look()
                return None
            return int(told["ContentLength"])

    def open(self, name: str) -> IO[bytes]:
        """A stream that goes on where it was when the store breaks off."""
        size = self.size(name)
        if size is None:
            raise FileNotFoundError(name)
        return io.BufferedReader(_Stream(self, name, size), PIECE)

    def keep(self, name: str, data: IO[bytes]) -> None:
        """In one request: the store has all of it or nothing."""
        with tempfile.SpooledTemporaryFile(4 << 20) as draft:
            shutil.copyfileobj(data, draft, PIECE)
            size = draft.tell()
            draft.seek(0)
            md5 = hashlib.md5(usedforsecurity=False)
            while piece := draft.read(PIECE):
                md5.update(piece)
            draft.seek(0)
            with self._promised():
                self.client.put_object(
                    **self._key(name),
                    Body=draft,
                    ContentLength=size,
                    ContentMD5=b64encode(md5.digest()).decode(),
                )

    def forget(self, name: str) -> None:
        """A store with versions keeps the old one for as long as its own rules say."""
        with self._promised():
            self.client.delete_object(**self._key(name))

    def names(self, under: str) -> Iterator[str]:
        """A thousand at a time."""
        pages = self.client.get_paginator("list_objects_v2")
        with self._promised():
            for page in pages.paginate(Bucket=self.bucket, Prefix=f"{self.prefix}{under}/"):
                for one in page.get("Contents", ()):
                    name = str(one["Key"]).removeprefix(self.prefix)
                    if not is_strange(name):
                        yield name

    def body(self, name: str, begin: int) -> Any:
        """The bytes from there on, as they come."""
        with self._promised():
            return self.client.get_object(**self._key(name), Range=f"bytes={begin}-")["Body"]

    def _look(self) -> None:
        """Whether the bucket is there, until it was; by what the key may do anyway."""
        if not self.seen.is_set():
            self.client.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix, MaxKeys=1)
            self.seen.set()

    def _key(self, name: str) -> dict[str, str]:
        refuse_strange(name)
        return {"Bucket": self.bucket, "Key": self.prefix + name}

    @contextmanager
    def _promised(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, HTTPClientError, ClientError) as error:
            raise StorageAway() from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


class _Stream(io.RawIOBase):
    """Reads, seeks, and asks again for the rest when it was cut short."""

    def __init__(self, bucket: Bucket, name: str, size: int) -> None:
        self._bucket, self._name, self._size = bucket, name, size
        self._at = 0
        self._body: Any = None
        self._promised = promised(name)
        self._hashed, self._seen = hashlib.sha256(), 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset != self._at:
            self._let_go()
        self._at = start + offset
        return self._at

    def readinto(self, into: Any) -> int:
        piece = self._piece(min(len(into), PIECE))
        self._check(piece)
        self._at += len(piece)
        into[: len(piece)] = piece
        return len(piece)

    def _piece(self, most: int) -> bytes:
        """At least a byte before the end, whatever the connection does; StorageAway after so many tries."""
        if self._at >= self._size:
            return b""
        for _ in range(TRIES):
            try:
                self._body = self._body or self._bucket.body(self._name, self._at)
                if piece := self._body.read(most):
                    return bytes(piece)
            except (BotoCoreError, HTTPClientError, OSError):
                pass
            self._let_go()
        raise StorageAway()

    def _check(self, piece: bytes) -> None:
        """Against the name, when all of it was read from the beginning to the end."""
        if self._promised is None or self._seen != self._at:
            return
        self._hashed.update(piece)
        self._seen += len(piece)
        if self._seen == self._size and self._hashed.hexdigest() != self._promised:
            raise StorageAway()

    def _let_go(self) -> None:
        if self._body is not None:
            self._body.close()
            self._body = None

    def close(self) -> None:
        self._let_go()
        super().close()
