"""What a dry run would change, in words, against the version it starts from."""

from lianheng.library import catalogue as library
from lianheng.web.standards.change_words import FIELDS, ChangeInWords
from lianheng.web.standards.workbook.changes import Changes


def preview(base: library.Catalogue, changes: Changes) -> list[ChangeInWords]:
    """Return one line for each changed cell."""
    topics = {topic.code: topic.name for topic in base.topics}
    categories = {row.code: row for sheet in base.lists for row in sheet.all_categories()}
    lines = []
    for code, fields in changes.get("categories", {}).items():
        lines += [_line(code, key, getattr(categories[code], key), new) for key, new in fields.items()]
    for code, fields in changes.get("items", {}).items():
        item = base.item(code)
        for key, new in fields.items():
            old = getattr(item, key)
            if key == "parts":
                old, new = "+".join(str(part["points"]) for part in old), "+".join(map(str, new))
            if key == "tags":
                old, new = ("、".join(topics.get(tag, tag) for tag in tags) for tags in (old, new))
            lines.append(_line(code, key, old, new))
    for code, rows in changes.get("problems", {}).items():
        old = {problem.code: problem.text for problem in base.item(code).problems}
        new = dict(rows)
        for each in sorted(old.keys() | new.keys()):
            if old.get(each) != new.get(each):
                kind = "修改" if each in old and each in new else ("删去" if each in old else "新增")
                lines.append(ChangeInWords(kind, each, "问题描述", old.get(each, ""), new.get(each, "")))
    return lines


def _line(code: str, key: str, old: object, new: object) -> ChangeInWords:
    return ChangeInWords("修改", code, "分值构成" if key == "parts" else FIELDS[key], str(old), str(new))
