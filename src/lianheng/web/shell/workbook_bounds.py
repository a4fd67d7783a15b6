"""The bounds of an uploaded workbook, checked before any reader sees the file.

The reader reserves the whole rectangle up to the farthest cell: one cell at XFD1048576 asks for hundreds of gigabytes
and the process is killed, not an exception raised. So addresses are looked at first, in every member of the archive.
"""

import io
import re
import zipfile
import zlib

from django.conf import settings

from lianheng.web.shell.errors import InvalidInput

# What a file of the largest size may unpack to: ordinary sheets unpack to some ten times their size.
MAX_UNPACKED = 100 * 1024 * 1024
BROKEN = "文件打不开：它不是完好的 .xlsx 表格。请用 Excel 或 WPS 重新另存为 .xlsx 后再传"
ADDRESS = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,9})([0-9]+)["']""")
# What a sheet says of its own extent stands at its beginning.
DIMENSION, HEAD = re.compile(rb'<dimension\b[^>]*\bref="[A-Z]{1,9}[0-9]{1,9}:[A-Z]{1,9}([0-9]{1,9})"'), 4096
CHUNK, LONGEST_ADDRESS = 1 << 20, 64
# Forms of other spreadsheets, whose addresses this check cannot read.
OTHER_FORMATS = {"xl/workbook.bin", "content.xml"}

BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OSError,
    IndexError,
)


def check_bounds(content: bytes, *, max_rows: int, max_columns: int) -> None:
    """Refuse a workbook that is too large or whose cells lie too far out; call it before any reader sees the file."""
    if len(content) > settings.MAX_UPLOAD:
        raise InvalidInput(f"文件超过 {settings.MAX_UPLOAD >> 20} MB，请分成几个文件", "file")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            _check_archive(packed, max_rows, max_columns)
    except BROKEN_ARCHIVE as error:
        raise InvalidInput(BROKEN, "file") from error


def refuse_declared(content: bytes, max_rows: int) -> None:
    """Refuse, before anybody waits for a check, a workbook whose own head says that it has too many rows.

    Quick: it reads the beginnings of the sheets only. What declares nothing, or something false, meets `check_bounds`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            heads = [_head(packed, name) for name in packed.namelist() if name.startswith("xl/worksheets/")]
    except BROKEN_ARCHIVE:
        return  # the check says what is wrong with such a file
    rows = max((int(last) - 1 for head in heads for last in DIMENSION.findall(head)), default=0)
    if rows > max_rows:
        raise InvalidInput(
            f"表里有 {rows:,} 行，一个文件最多 {max_rows:,} 行，没有读取。请分成几个文件，每个都从模板填起；"
            "如果实际没有这么多行，删去表格下面的空行再保存",
            "file",
        )


def _head(packed: zipfile.ZipFile, name: str) -> bytes:
    with packed.open(name) as stream:
        return stream.read(HEAD)


def _check_archive(packed: zipfile.ZipFile, max_rows: int, max_columns: int) -> None:
    if OTHER_FORMATS & set(packed.namelist()):
        raise InvalidInput(BROKEN, "file")
    if sum(item.file_size for item in packed.infolist()) > MAX_UNPACKED:
        raise InvalidInput("文件解开后过大，不像一张表，没有读取", "file")
    for item in packed.infolist():
        # A member that holds more than it declares fails its checksum here.
        with packed.open(item) as stream:
            tail = b""
            while chunk := stream.read(CHUNK):
                if _beyond(tail + chunk, max_rows, max_columns):
                    raise InvalidInput(
                        f"表里的行超过 {max_rows:,}，或者列超过 {max_columns}。请从模板填起，行多时分成几个文件", "file"
                    )
                tail = chunk[-LONGEST_ADDRESS:]


def _beyond(text: bytes, max_rows: int, max_columns: int) -> bool:
    """Say whether an address lies outside; the heading row counts as one more."""
    for letters, digits in ADDRESS.findall(text):
        column = 0
        for letter in letters.upper():
            column = column * 26 + letter - 64
        if column > max_columns or int(digits[:9]) > max_rows + 1:
            return True
    return False
