"""Uploaded files that wait for the worker: beside the database, named by who sent them and by their content."""

import hashlib
import re
import time
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from lianheng.web.shell.errors import InvalidInput

KEPT_SECONDS = 24 * 3600


def keep(user_id: int, upload: UploadedFile) -> str:
    """Store an upload for the worker and return its SHA-256, by which it is found again."""
    size = upload.size or 0
    if size > settings.MAX_UPLOAD:
        most = settings.MAX_UPLOAD >> 20
        raise InvalidInput(f"文件有 {size >> 20} MB，超过 {most} MB，请分成几个文件", "file")
    _sweep()
    content = upload.read()
    key = hashlib.sha256(content).hexdigest()
    path = _path(user_id, key)
    draft = path.with_suffix(".draft")
    draft.write_bytes(content)
    draft.replace(path)
    return key


def read(user_id: int, key: str) -> bytes:
    """Return a kept upload; InvalidInput when it is no longer there."""
    try:
        return _path(user_id, key).read_bytes()
    except FileNotFoundError as error:
        raise InvalidInput("上传的文件已经不在了（最多留一天），没有写入。请重新上传检查", "file") from error


def forget(user_id: int, key: str) -> None:
    _path(user_id, key).unlink(missing_ok=True)


def _path(user_id: int, key: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{64}", key):
        raise InvalidInput("文件的标记不完整，没有写入。请重新上传检查", "file")
    return _folder() / f"{int(user_id)}-{key}.upload"


def _folder() -> Path:
    folder = Path(settings.DATA) / "incoming"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _sweep() -> None:
    """Remove what nobody came back for within a day."""
    for old in _folder().iterdir():
        try:
            if time.time() - old.stat().st_mtime > KEPT_SECONDS:
                old.unlink(missing_ok=True)
        except FileNotFoundError:
            continue
