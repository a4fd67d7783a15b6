"""What an uploaded file really is: its first bytes decide, not its name."""

import re
import zipfile
from pathlib import PurePath

from django.core.files.uploadedfile import UploadedFile

from lianheng.web.shell.errors import InvalidInput

# first bytes → (type, endings that may carry it)
SIGNATURES = (
    (b"%PDF-", "application/pdf", {".pdf"}),
    (b"\x89PNG\r\n\x1a\n", "image/png", {".png"}),
    (b"\xff\xd8\xff", "image/jpeg", {".jpg", ".jpeg"}),
    (b"PK\x03\x04", "application/zip", {".docx", ".xlsx", ".pptx", ".ofd", ".wps", ".et", ".zip"}),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-office", {".doc", ".xls", ".ppt", ".wps", ".et"}),
)
_KNOWN = frozenset().union(*(endings for _, _, endings in SIGNATURES))
MAX_UNPACKED = 200 * 1024 * 1024
ALLOWED = "PDF、图片（PNG、JPG）、Word、Excel、OFD 或纯文本"


def safe_filename(name: str) -> str:
    """Return a name that is safe to show and to download under: no path, no control characters, at most 160."""
    base = PurePath(name.replace("\\", "/")).name
    cleaned = re.sub(r'[\x00-\x1f\x7f"<>|*?:]', "", base).strip(". ")
    stem, dot, ending = cleaned.rpartition(".")
    return f"{stem[:150]}{dot}{ending[:9]}" if stem else (cleaned[:150] or "未命名")


def kind_of(upload: UploadedFile, filename: str) -> str:
    """Return the type of a file after its content, or refuse it in words."""
    upload.seek(0)
    head = upload.read(4096)
    upload.seek(0)
    if not head:
        raise InvalidInput("文件是空的，请重新选择", "file")
    ending = PurePath(filename).suffix.lower()
    for signature, mime, endings in SIGNATURES:
        if head.startswith(signature):
            if ending not in endings:
                raise InvalidInput(f"文件内容和扩展名“{ending or '无'}”对不上，请用原来的扩展名上传", "file")
            if mime == "application/zip":
                _check_archive(upload)
            return mime
    if ending in {".txt", ".csv"} and b"\x00" not in head:
        return "text/plain"
    if ending in _KNOWN:
        raise InvalidInput(
            f"扩展名是“{ending}”，内容却不是 {ending[1:].upper()} 文件。请用原来的软件打开、重新保存后上传", "file"
        )
    raise InvalidInput(f"不认识这种文件。可以上传：{ALLOWED}", "file")


def _check_archive(upload: UploadedFile) -> None:
    """Refuse archives that are broken or unpack to too much, without unpacking them."""
    try:
        with zipfile.ZipFile(upload) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise InvalidInput("文件解开后过大，请拆分后上传", "file")
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise InvalidInput("文件已损坏，打不开，请重新保存后上传", "file") from error
    finally:
        upload.seek(0)
