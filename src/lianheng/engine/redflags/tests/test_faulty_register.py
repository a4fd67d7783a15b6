"""One broken declaration of the office leaves its own register out, says so, and stops no other."""

from pathlib import Path

import pytest

from lianheng.engine.redflags.tests.office import Type, write_csv


@pytest.fixture
def broken(office: Path) -> Path:
    (office / "registers").mkdir()
    (office / "registers" / "payment.yaml").write_text("id: payment\ntitle: [\n", encoding="utf-8")
    return office


def test_other_registers_are_listed_loaded_and_purged(lianheng: Type, broken: Path, tmp_path: Path) -> None:
    listed = lianheng("registers list")
    assert listed.code == 1 and "registers/payment.yaml is left out until it is mended" in listed.err
    firms = write_csv(tmp_path / "firm.csv", [["企业代码"], ["F1"]])
    loaded = lianheng("registers load firm --today 2024-12-01", firms)
    assert loaded.code == 0 and "1 rows loaded" in loaded.out and "payment.yaml" in loaded.err
    assert lianheng("registers purge --today 2024-12-01").code == 0
    assert lianheng("registers show firm").code == 0


def test_the_broken_one_is_refused_with_its_own_fault(lianheng: Type, broken: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "pay.csv", [["身份证号"], ["x"]])
    for words in ("registers load payment", "registers check payment"):
        said = lianheng(words, source)
        assert said.code == 2 and "payment.yaml: file: line" in said.err, words
    assert not (broken / "data").exists()


def test_processes_and_series_that_do_not_read_it_go_on(lianheng: Type, broken: Path) -> None:
    (broken / "registers" / "works_pay.yaml").write_text("id: works_pay\n", encoding="utf-8")
    said = lianheng("trace list")
    assert "registers/works_pay.yaml is left out" in said.err
    assert said.code == 0 and "政府采购" in said.out and "工程项目" not in said.out
    assert "payment.yaml" in lianheng("series --register payment").err
