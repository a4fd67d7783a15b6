"""Any two characters find, the same as reading every item would."""

import itertools
import re
from collections import defaultdict

import pytest
from django.db import connection
from django.test import Client

from lianheng.web.shell.bigrams import bigrams, search_words
from lianheng.web.standards.models import Catalogue, Item, NegativeItem, StandardSearch
from lianheng.web.standards.queries import find_standards, search_standards
from lianheng.web.standards.search import forget_index
from lianheng.web.standards.search_rows import fill_missing

Texts = dict[str, list[str]]


@pytest.fixture
def texts(hengyang: Catalogue) -> Texts:
    """Every text of everything that can be found, by code, read once."""
    read: Texts = {}
    topics = {row["code"]: row["name"] for row in hengyang.content["catalogue"]["topics"]}
    items = Item.objects.filter(category__standard_list__catalogue=hengyang)
    for item in items.select_related("category").prefetch_related("problems"):
        read[item.code] = [item.code, item.name, item.standard, item.lead_department, item.evidence]
        read[item.code] += [item.category.name, item.category.mnemonic, *(row.text for row in item.problems.all())]
        read[item.code] += [topics[tag] for tag in item.tags]
    return _in_small_letters(read | _other_texts(hengyang))


def _in_small_letters(texts: Texts) -> Texts:
    return {code: [text.lower() for text in lines] for code, lines in texts.items()}


def _other_texts(catalogue: Catalogue) -> Texts:
    """Every text of negative rows, indicators and common rules."""
    lines: Texts = {}
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
    return lines


def naive(texts: Texts, wanted: str) -> set[str]:
    """Read everything."""
    return {code for code, lines in texts.items() if any(wanted.lower() in line for line in lines)}


def indexed(catalogue: Catalogue) -> dict[str, set[str]]:
    """Return word → codes as the database's own index holds them, asked in one query for all words."""
    if connection.vendor == "sqlite":
        rows = "SELECT v.term, s.code FROM temp.search_words v JOIN standards_standardsearch s ON s.id = v.doc"
    else:
        rows = (
            "SELECT unnest(tsvector_to_array(to_tsvector('simple', s.bigrams))), s.code FROM standards_standardsearch s"
        )
    found = defaultdict(set)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "CREATE VIRTUAL TABLE temp.search_words USING fts5vocab(main, standards_search_fts, instance)"
            )
        cursor.execute(f"{rows} WHERE s.catalogue_id = %s", [catalogue.pk])
        for word, code in cursor.fetchall():
            found[word].add(code)
        if connection.vendor == "sqlite":
            cursor.execute("DROP TABLE temp.search_words")
    return found


def test_every_pair_finds_what_reading_finds(hengyang: Catalogue, texts: Texts, reader: Client) -> None:
    """All pairs of all texts in the database's own index; every 150th through the query, every 1,000th on the page."""
    index = indexed(hengyang)
    holders: dict[str, set[str]] = defaultdict(set)
    for code, lines in texts.items():
        for pair in itertools.chain.from_iterable(map(bigrams, lines)):
            holders[pair].add(code)
    pairs = sorted(pair for pair in holders if len(pair) == 2)
    assert len(pairs) > 2_000
    wrong = [pair for pair in pairs if index[search_words(pair)[0]] != holders[pair]]
    assert not wrong
    for pair in pairs[::150]:
        assert {row.code for row in find_standards(hengyang, pair, 300)} == naive(texts, pair), pair
    for pair in pairs[::1000]:
        page = reader.get("/standards/search/", {"q": pair}).content.decode()
        shown, expected = set(re.findall(r'data-item="([^"]+)"', page)), naive(texts, pair)
        assert shown <= expected and len(shown) == min(50, len(expected)), pair


def test_codes_and_words_find(hengyang: Catalogue, texts: Texts) -> None:
    for text in ("三资", "食堂", "x4", "X4.2", "4.", "双减"):
        found = {item.code for item in find_standards(hengyang, text, 200)}
        assert found and found == naive(texts, text), text


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


def test_signs_of_the_query_language_do_no_harm(reader: Client) -> None:
    for text in ('" OR *', "'; --", "AND NOT", "a:*", "（）", "%%", "食堂 AND"):
        assert reader.get("/standards/search/", {"q": text}).status_code == 200, text


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
    assert search_words("食堂") == ["be9a39fe5a082"]
    assert all(word.isalnum() and word.isascii() for word in search_words("X4.2 食堂，1.5 倍"))
    assert search_words("") == []
