"""Any two characters find, the same as reading every item would."""

import itertools

import pytest
from django.test import Client

from lianheng.web.shell.bigrams import bigrams
from lianheng.web.standards.models import Catalogue, Item
from lianheng.web.standards.queries import find_items, search_items
from lianheng.web.standards.search import words


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
    return found


def test_every_pair_of_an_item_finds_what_reading_finds(hengyang: Catalogue) -> None:
    pairs = set(itertools.chain.from_iterable(bigrams(item.standard) for item in Item.objects.all()))
    for pair in sorted(pair for pair in pairs if len(pair) == 2)[::40]:
        assert {item.code for item in find_items(hengyang, pair, 200)} == naive(hengyang, pair), pair


@pytest.mark.parametrize("text", ["三资", "食堂", "x4", "X4.2", "4.", "双减"])
def test_codes_and_words_find(hengyang: Catalogue, text: str) -> None:
    found = {item.code for item in find_items(hengyang, text, 200)}
    assert found and found == naive(hengyang, text)


def test_a_code_comes_first(hengyang: Catalogue) -> None:
    assert find_items(hengyang, "x1.1")[0].code == "X1.1"


def test_the_page_lists_the_hits(reader: Client) -> None:
    page = reader.get("/standards/search/", {"q": "食堂"}).content.decode()
    assert 'data-item="X4.2"' in page
    assert "没有找到" in reader.get("/standards/search/", {"q": "龘龘"}).content.decode()
    assert "至少输入两个字" in reader.get("/standards/search/", {"q": "食"}).content.decode()


@pytest.mark.parametrize("text", ['" OR *', "'; --", "AND NOT", "a:*", "（）", "%%", "食堂 AND"])
def test_signs_of_the_query_language_do_no_harm(reader: Client, text: str) -> None:
    assert reader.get("/standards/search/", {"q": text}).status_code == 200


def test_the_search_over_everything_gets_title_line_and_address(hengyang: Catalogue) -> None:
    title, line, url = search_items("食堂", 5)[0]
    assert title == "X4.2 食堂膳食与采购"
    assert line.startswith("清廉学校 · 机制保廉") and url == "/standards/items/X4.2/"


def test_words_are_plain_to_both_databases() -> None:
    assert words("食堂") == ["be9a39fe5a082"]
    assert all(word.isalnum() and word.isascii() for word in words("X4.2 食堂，1.5 倍"))
    assert words("") == []
