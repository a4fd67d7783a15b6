"""Makes the files of this folder, which the tutorials read; all of it is made up. Equal seeds give equal bytes.

Run: python examples/district/make.py
"""

import csv
import random
from pathlib import Path

HERE = Path(__file__).parent
TOWNS = {"甲镇": 0.86, "乙镇": 0.82, "丙镇": 0.80, "丁镇": 0.71, "戊镇": 0.69, "己乡": 0.60}  # how many are satisfied
RATERS = {"赵": 2.0, "钱": -3.0, "孙": 0.0, "李": 1.0, "周": -1.5, "吴": 0.5}  # how lenient each is


def write(name: str, heads: list[str], rows: list[list[object]]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([heads, *rows])


def answers(chance: random.Random, villages: list[list[object]]) -> list[list[object]]:
    """Four villages of each town, fifteen people each; one in thirty ticks the same box quickly."""
    rows: list[list[object]] = []
    for town, share in TOWNS.items():
        own = [row for row in villages if row[1] == town]
        for village in chance.sample(own, 4):
            weight = round(len(own) / 4 * int(str(village[2])) / 15, 2)
            here = min(0.97, max(0.05, share + chance.gauss(0, 0.05)))
            for _ in range(15):
                sex, age = (
                    chance.choices("男女", (0.42, 0.58))[0],
                    chance.choices(("青年", "中年", "老年"), (2, 5, 5))[0],
                )
                content = chance.random() < here - (0.1 if age == "青年" else 0)
                items = [min(5, max(1, round(chance.gauss(4 if content else 2.6, 0.8)))) for _ in range(6)]
                seconds = round(chance.lognormvariate(5.2, 0.3))
                if chance.random() < 1 / 30:
                    items, seconds = [3] * 6, chance.randint(9, 20)
                rows.append(
                    [len(rows) + 1, town, village[0], weight, sex, age, "是" if content else "否", *items, seconds]
                )
    return rows


def main() -> None:
    chance = random.Random(2024)
    villages: list[list[object]] = [
        [f"{town[0]}{number:02d}", town, chance.randint(180, 900)] for town in TOWNS for number in range(1, 17)
    ]
    write("villages.csv", ["id", "镇", "户数"], villages)
    rows = answers(chance, villages)
    write(
        "answers.csv",
        ["序号", "镇", "村", "权重", "性别", "年龄", "满意", *(f"q{n}" for n in range(1, 7)), "用时"],
        rows,
    )
    people = sum(float(str(row[3])) for row in rows)
    shares = {
        ("性别", "男"): 0.51,
        ("性别", "女"): 0.49,
        ("年龄", "青年"): 0.3,
        ("年龄", "中年"): 0.42,
        ("年龄", "老年"): 0.28,
    }
    write(
        "totals.csv", ["margin", "level", "total"], [[m, level, round(people * s)] for (m, level), s in shares.items()]
    )
    merit = {str(row[0]): chance.gauss(80, 5) for row in villages[::4]}
    ratings = [
        [unit, rater, round(level + RATERS[rater] + chance.gauss(0, 1.5), 1)]
        for unit, level in merit.items()
        for rater in sorted(chance.sample(sorted(RATERS), 3))
    ]
    write("ratings.csv", ["村", "评分人", "得分"], ratings)


if __name__ == "__main__":
    main()
