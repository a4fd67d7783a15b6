from lianheng.web.shell.bigrams import bigrams


def test_chinese_runs_overlap() -> None:
    assert bigrams("三重一大") == ["三重", "重一", "一大"]


def test_codes_and_width_are_folded() -> None:
    assert bigrams("Ｘ4.1") == ["x4", "4.", ".1"]


def test_empty_and_single() -> None:
    assert bigrams("") == [] and bigrams("廉") == ["廉"]
