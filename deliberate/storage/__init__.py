"""Where files are kept: evidence, pictures, recordings, sealed letters, bulletins. A folder, or a bucket that many
machines share (`DELIBERATE_STORAGE`, docs/running.md).

A file has a name like `evidence/<sha256>`; it is there whole or not at all, and for good when `keep` returns. Files
go in and out as streams, never as a whole in memory.
"""

from functools import lru_cache
from importlib import import_module
from typing import cast

from deliberate.config import Config, ConfigError

from .folder import Folder
from .kept import KINDS, Storage, StorageAway, begun, keep_once, promised

__all__ = ["KINDS", "Folder", "Storage", "StorageAway", "begun", "keep_once", "promised", "storage_of"]


def storage_of(config: Config) -> Storage:
    """The one that these settings name: a bucket, else the folder of this installation."""
    return _bucket(config.storage) if config.storage else Folder(config.instance_dir)


@lru_cache(maxsize=4)
def _bucket(address: str) -> Storage:
    """One client for all threads of the process; made after a server has forked, since first use makes it."""
    try:
        made = import_module("deliberate.storage.bucket")
    except ModuleNotFoundError as error:
        raise ConfigError("DELIBERATE_STORAGE names a bucket: pip install 'deliberate[s3]'") from error
    return cast(Storage, made.Bucket.at(address))
