"""Any two characters find, the same as reading every item would."""

import itertools

import pytest
from django.test import Client

from lianheng.web.shell.bigrams import bigrams
from lianheng.web.standards.models import Catalogue, Item, NegativeItem, StandardSearch
from lianheng.web.standards.queries import find_standards, search_standards
from lianheng.web.standards.search import forget_index, words
from lianheng.web.standards.search_rows import fill_missing


def naive(catalogue: Catalogue, text: str) -> set[str]:
    """Read every text of every item."""
    found = set()
    topics = {row["code"]: row["name"] for row in catalogue.content["catalogue"]["topics"]}
    for item in Item.objects.filter(category__standard_list__catalogue=catalogue):
        texts = [item.code, item.name, item.standard, item.lead_department, item.evidence]
        texts += [item.category.name, item.category.mnemonic, *(row.text for row in item.problems.all())]
        texts += [topics[tag] for tag in item.tags]
        if any(text.lower() in each.lower() for each in texts):
            found.add(item.code)
    return found | _naive_others(catalogue, text)


def _naive_others(catalogue: Catalogue, text: str) -> set[str]:
    """Read every negative row, indicator and common rule."""
    lines: dict[str, list[str]] = {}
    for row in NegativeItem.objects.filter(standard_list__catalogue=catalogue):
        lines[row.code] = [row.code, row.name, row.confirmed_by, "负面", "一票否决" if row.effect == "veto" else ""]
    content = catalogue.content["catalogue"]
    for first in content["evaluation"]["categories"]:
        for second in first["categories"]:
            for item in second["items"]:
                texts = [item["code"], item["name"], item["observation"], item["data_source"]]
                texts += [first["name"], second["name"], *(use["name"] for use in item["variables"].values())]
                lines[item["code"]] = texts
    for key in ("vetoes", "deductions", "bonus", "statements"):
        for rule in content["rules"][key]:
            veto = "一票否决" if key == "vetoes" else ""
            lines[rule["code"]] = [rule["code"], rule["name"], rule["text"], veto]
    return {code for code, texts in lines.items() if any(text.lower() in each.lower() for each in texts)}


def test_every_pair_of_an_item_finds_what_reading_finds(hengyang: Catalogue) -> None:
    pairs = set(itertools.chain.from_iterable(bigrams(item.standard) for item in Item.objects.all()))
    for pair in sorted(pair for pair in pairs if len(pair) == 2)[::40]:
        assert {item.code for item in find_standards(hengyang, pair, 200)} == naive(hengyang, pair), pair


@pytest.mark.parametrize("text", ["三资", "食堂", "x4", "X4.2", "4.", "双减"])
def test_codes_and_words_find(hengyang: Catalogue, text: str) -> None:
    found = {item.code for item in find_standards(hengyang, text, 200)}
    assert found and found == naive(hengyang, text)


def test_every_pair_of_the_other_rows_finds_what_reading_finds(hengyang: Catalogue) -> None:
    texts = [row.name + row.confirmed_by for row in NegativeItem.objects.all()]
    for first in hengyang.content["catalogue"]["evaluation"]["categories"]:
        texts += [item["observation"] for second in first["categories"] for item in second["items"]]
    pairs = set(itertools.chain.from_iterable(bigrams(text) for text in texts))
    for pair in sorted(pair for pair in pairs if len(pair) == 2)[::20]:
        assert {row.code for row in find_standards(hengyang, pair, 300)} == naive(hengyang, pair), pair


def test_negative_rows_indicators_and_rules_are_found_where_they_stand(hengyang: Catalogue, reader: Client) -> None:
    for text, code, address in (
        ("班子成员违纪违法", "N-J1", "/standards/lists/J/#N-J1"),
        ("动员覆盖", "EA2.1", "/standards/evaluation/#EA2.1"),
        ("虚假整改", "D3", "/standards/evaluation/#D3"),
    ):
        page = reader.get("/standards/search/", {"q": text}).content.decode()
        assert f'data-item="{code}"' in page and f'href="{address}"' in page
        target, _, place = address.partition("#")
        assert f'id="{place}"' in reader.get(target).content.decode()
    assert {"V1", "V2", "N-J1"} <= {row.code for row in find_standards(hengyang, "一票否决", 200)}


def test_the_evaluation_shows_its_20_indicators(hengyang: Catalogue, reader: Client) -> None:
    page = reader.get("/standards/evaluation/").content.decode()
    assert page.count("data-item=") == 20 and "20 项三级指标" in page
    assert page.count("data-rule=") == 8


def test_a_code_comes_first(hengyang: Catalogue) -> None:
    assert find_standards(hengyang, "x1.1")[0].code == "X1.1"


def test_the_page_lists_the_hits(reader: Client) -> None:
    page = reader.get("/standards/search/", {"q": "食堂"}).content.decode()
    assert 'data-item="X4.2"' in page
    assert "没有找到" in reader.get("/standards/search/", {"q": "龘龘"}).content.decode()
    assert "至少输入两个字" in reader.get("/standards/search/", {"q": "食"}).content.decode()


@pytest.mark.parametrize("text", ['" OR *', "'; --", "AND NOT", "a:*", "（）", "%%", "食堂 AND"])
def test_signs_of_the_query_language_do_no_harm(reader: Client, text: str) -> None:
    assert reader.get("/standards/search/", {"q": text}).status_code == 200


def test_the_search_over_everything_gets_title_line_and_address(hengyang: Catalogue) -> None:
    title, line, url = search_standards("食堂", 5)[0]
    assert title == "X4.2 食堂膳食与采购"
    assert line.startswith("清廉学校 · 机制保廉") and url == "/standards/items/X4.2/"


def test_an_emptied_index_is_filled_again(hengyang: Catalogue) -> None:
    """After a migration that changes the index."""
    forget_index(hengyang.pk)
    StandardSearch.objects.all().delete()
    assert not find_standards(hengyang, "食堂")
    fill_missing()
    assert [row.code for row in find_standards(hengyang, "食堂膳食")] == ["X4.2"]
    count = StandardSearch.objects.count()
    fill_missing()
    assert StandardSearch.objects.count() == count


def test_words_are_plain_to_both_databases() -> None:
    assert words("食堂") == ["be9a39fe5a082"]
    assert all(word.isalnum() and word.isascii() for word in words("X4.2 食堂，1.5 倍"))
    assert words("") == []
