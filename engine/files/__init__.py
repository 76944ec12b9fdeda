"""Files that people attach: kept by the SHA-256 of their content, outside of everything that a web server serves."""

from engine.files.kinds import INLINE, media_type_of
from engine.files.local import LocalFiles
from engine.files.names import safe_name
from engine.files.opening import open_files
from engine.files.store import FileStore, FilesUnavailable, FileTooLarge, Kept, Stored

__all__ = [
    "INLINE",
    "FileStore",
    "FileTooLarge",
    "FilesUnavailable",
    "Kept",
    "LocalFiles",
    "Stored",
    "media_type_of",
    "open_files",
    "safe_name",
]
