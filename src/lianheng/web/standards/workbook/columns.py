"""Sheets and columns of the workbook, the same for template, export and import."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column: heading on the page, longest text, width, and whether an empty cell is accepted."""

    key: str
    heading: str
    longest: int
    width: int = 18
    required: bool = True


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, its columns (the first is the code by which a row is found) and a sample row."""

    name: str
    columns: tuple[Column, ...]
    sample: tuple[str, ...]

    def column(self, key: str) -> Column:
        """Return the column with this key."""
        return next(column for column in self.columns if column.key == key)


# A row whose code begins so shows how to fill in the sheet, and is left out when it is read.
SAMPLE = "示例"

CATEGORIES = Sheet(
    "类别",
    (
        Column("code", "类别代码", 8, 10),
        Column("name", "类别名称", 40),
        Column("points", "分值", 8, 8),
        Column("mnemonic", "短句", 24, 44),
    ),
    ("示例X1", "政治强廉", "20", "最多 24 个字，标点也算，便于记诵"),
)
ITEMS = Sheet(
    "条目",
    (
        Column("code", "条目代码", 12, 10),
        Column("name", "条目名称", 60, 24),
        Column("standard", "标准内容", 2000, 60),
        Column("lead", "牵头部门", 80, 24),
        Column("evidence", "佐证要求", 200, 30),
        Column("points", "分值", 8, 8),
        Column("parts", "分值构成", 40, 12),
        Column("tags", "重点问题", 40, 14, required=False),
    ),
    ("示例X4.2", "食堂膳食与采购", "写明应当怎样做", "市教育局", "就餐台账、采购单", "14", "4+10", "学生食堂"),
)
PROBLEMS = Sheet(
    "问题描述",
    (Column("item", "条目代码", 12, 10), Column("code", "问题代码", 16, 12), Column("text", "问题描述", 120, 60)),
    ("示例X4.2", "X4.2-a", "每个条目至少一行，问题代码用条目代码加短横线"),
)
SHEETS = (CATEGORIES, ITEMS, PROBLEMS)
OPTIONS = "选项"
README = "说明"
README_LINES = (
    "本表用来修改标准目录的文字、分值、问题描述、牵头部门、佐证要求和短句，导入后成为一个新的草稿版本。",
    "条目和类别按代码对应，代码不能改，也不能增删条目；没有出现的条目保持原样。",
    "条目出现在“条目”表中时，它的全部问题描述都要写在“问题描述”表中，没写到的视为删去。",
    "计分规则不在表中修改。改分值时，“分值构成”写各部分的分值，用加号连接，例如 4+10；只有一部分的，与分值相同。",
    "类别分值等于所含条目分值之和，每张清单合计 100 分。",
    "代码以“示例”开头的行不会导入。",
)
