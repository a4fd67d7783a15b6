"""Two years of subsidy and planting registers of twenty villages, as an office would have them in Excel.

Planted: villages 1-6 with inflated area (seed 001), 7-10 grown by leases registered in the second year, 11-20 quiet.
"""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path

import xlsxwriter

INFLATED, LEASED, QUIET = range(1, 7), range(7, 11), range(11, 21)
HOUSEHOLDS = 30


def code(village: int) -> str:
    return f"4304{village:08d}"


def write_workbooks(folder: Path) -> dict[str, Path]:
    """One workbook a register; the subsidy list has a title row above its headings."""
    chance = random.Random(1)
    subsidy, survey, land, lease = [], [], [], []
    for village in range(1, 21):
        total = [Decimal(0), Decimal(0)]
        for number in range(HOUSEHOLDS):
            household = f"{code(village)}-{number:03d}"
            right = Decimal(chance.randint(400, 1200)) / 100
            land.append([household, code(village), float(right)])
            grown = right * Decimal("1.35") if village in (*INFLATED, *LEASED) and number < 27 else right
            for year, area in enumerate((right, round(grown, 2))):
                total[year] += area
                row = [household, code(village), f"第{village}村", 2022 + year, "种粮", float(area), float(area * 105)]
                subsidy.append(row)
        rice, greens = round(total[0] * Decimal("1.1"), 2), Decimal(chance.randint(5000, 9000)) / 100
        for year in (2022, 2023):
            # Quiet villages move with the weather; where area was inflated, greens did not shrink.
            planted = rice if year == 2022 or village not in QUIET else round(rice * Decimal("1.02"), 2)
            survey.append([code(village), year, "水稻", "是", float(planted)])
            survey.append([code(village), year, "蔬菜", "否", float(greens)])
        if village in LEASED:
            for number in range(27):
                household = f"{code(village)}-{number:03d}"
                area = round((total[1] - total[0]) / 27, 2) + Decimal("0.01")
                dates = ["2023-03-01", "2033-02-28", "2023/3/8"]
                lease.append([f"L{village:02d}{number:03d}", code(village), household, float(area), *dates])
    heads = {
        "subsidy": ["户编号", "村代码", "村名", "年度", "补贴项目", "补贴面积（亩）", "补贴金额（元）"],
        "land_right": ["户编号", "村代码", "确权面积"],
        "crop_survey": ["村代码", "年度", "作物", "是否补贴作物", "播种面积"],
        "lease": ["合同编号", "村代码", "受让户编号", "流转面积", "流转起始日期", "流转截止日期", "登记日期"],
    }
    tables = {"subsidy": subsidy, "land_right": land, "crop_survey": survey, "lease": lease}
    return {name: _write(folder / f"{name}.xlsx", heads[name], rows) for name, rows in tables.items()}


def _write(path: Path, heads: list[str], rows: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "某县某项登记表")
        for line, row in enumerate([heads, *rows], 1):
            sheet.write_row(line, 0, row)
    return path
