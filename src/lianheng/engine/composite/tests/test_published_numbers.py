"""Numbers printed in the vignettes of COINr (github.com/bluefoxr/COINr, docs/articles), on its ASEM data."""

import math

import numpy as np
import pytest

from lianheng.engine.composite.chain import run_steps
from lianheng.engine.composite.column_statistics import column_statistics
from lianheng.engine.composite.correlations import correlation_flags, denominator_correlations, level_correlations
from lianheng.engine.composite.pca import principal_components
from lianheng.engine.composite.profiles import results_table, strengths_and_weaknesses, unit_summary
from lianheng.engine.composite.ranking import ranks
from lianheng.engine.composite.reliability import cronbach_alpha
from lianheng.engine.composite.screen import availability_by_group, data_availability
from lianheng.engine.composite.treat import treat

from .asem import CHAIN, full_run, inputs

# results.html: get_results(coin, dset = "Aggregated", tab_type = "Aggs")
CODES = ["Index", "Conn", "Sust", "Physical", "ConEcFin", "Political", "Instit", "P2P", "Environ", "Social", "SusEcFin"]
RESULTS = {
    "CHE": (1, 68.38, 62.79, 73.98, 63.41, 32.87, 74.78, 85.94, 56.93, 77.21, 87.85, 56.88),
    "NLD": (2, 64.82, 61.94, 67.70, 64.87, 46.62, 84.55, 71.74, 41.92, 58.73, 86.58, 57.78),
    "DNK": (3, 64.80, 57.10, 72.51, 50.52, 30.43, 78.13, 75.35, 51.04, 69.83, 86.40, 61.29),
    "NOR": (4, 64.47, 57.44, 71.50, 58.18, 25.70, 80.03, 89.46, 33.80, 70.90, 87.00, 56.59),
    "BEL": (5, 63.54, 63.99, 63.09, 71.97, 48.22, 80.84, 75.60, 43.32, 53.01, 86.17, 50.09),
    "SWE": (6, 63.00, 53.87, 72.12, 51.51, 23.87, 80.98, 74.51, 38.50, 66.37, 87.74, 62.27),
}


@pytest.mark.parametrize("unit", RESULTS)
def test_the_whole_chain_gives_the_results_of_the_vignette(unit: str) -> None:
    table = full_run().table
    row = table.units.index(unit)
    place, *scores = RESULTS[unit]
    assert ranks(table.column("Index"))[row] == place
    for code, score in zip(CODES, scores, strict=True):
        assert table.column(code)[row] == pytest.approx(score, abs=0.0051), code


def test_the_table_of_results_is_the_vignettes() -> None:
    found = results_table(full_run().table, inputs().framework, kind="Aggs")
    assert found.header == ("uCode", "Rank", *CODES)
    for row, (unit, expected) in zip(found.rows, RESULTS.items(), strict=False):
        assert row == (unit, *expected)
    groups = inputs().group("GDPpc_group", full_run().table)
    inside = results_table(full_run().table, inputs().framework, kind="Aggs", use="groupranks", groups=groups)
    # results.html: the first of the group "L".
    first = next(row for row in inside.rows if row[1] == "L")
    assert first == ("BEL", "L", 1, 1, 1, 2, 1, 2, 4, 7, 3, 10, 1, 9)


def test_ranks_in_groups() -> None:
    # results.html: use_group = "GDPpc_group", use = "groupranks"
    run = full_run()
    groups = inputs().group("GDPpc_group", run.table)
    for code, expected in (("Index", (1, 2, 3, 4, 5, 6)), ("P2P", (2, 6, 5, 11, 10, 4)), ("Conn", (2, 3, 6, 5, 10, 7))):
        found = ranks(run.table.column(code), groups=groups)
        rows = [run.table.units.index(unit) for unit in ("CHE", "NLD", "DNK", "NOR", "SWE", "AUT")]
        assert tuple(found[rows]) == expected


def test_unit_summary() -> None:
    # results.html: get_unit_summary(coin, usel = "IND", Levels = c(4,3,2))
    found = [
        (line.code, round(line.score, 2), line.rank)
        for line in unit_summary(full_run().table, inputs().framework, "IND")
    ]
    assert found == [
        ("Index", 39.79, 45),
        ("Conn", 28.60, 44),
        ("Sust", 50.99, 43),
        ("Physical", 18.78, 48),
        ("ConEcFin", 6.38, 49),
        ("Political", 51.90, 33),
        ("Instit", 59.84, 37),
        ("P2P", 6.07, 47),
        ("Environ", 75.34, 6),
        ("Social", 22.74, 51),
        ("SusEcFin", 54.88, 36),
    ]


def test_strengths_and_weaknesses() -> None:
    # results.html: get_str_weak(coin, dset = "Raw", usel = "ESP")
    strong, weak = strengths_and_weaknesses(inputs().table, inputs().framework, "ESP")
    assert [(line.code, line.rank) for line in strong] == [
        ("CostImpEx", 1),
        ("TIRcon", 1),
        ("Tourist", 2),
        ("Flights", 3),
        ("UNVote", 3),
    ]
    # The vignette sorts ties by code; here they keep the order of the meta file (TBTs before Forest).
    assert sorted(((line.code, line.rank) for line in weak), key=lambda pair: (pair[1], pair[0])) == [
        ("NEET", 33),
        ("Lang", 38),
        ("Forest", 40),
        ("TBTs", 40),
        ("PubDebt", 43),
    ]
    assert [f"{line.value:.3g}" for line in weak] == ["13.3", "5.16", "1.21e+03", "6.93", "99.3"]


def test_indicator_statistics() -> None:
    # analysis.html: get_stats(coin, dset = "Raw")
    found = {line.code: line for line in column_statistics(inputs().table)}
    flights = found["Flights"]
    shown = (flights.minimum, flights.maximum, flights.mean, flights.median, flights.std, flights.skew, flights.kurt)
    assert [f"{value:.3g}" for value in shown] == ["0.99", "211", "38.6", "25.6", "46.7", "2.1", "4.51"]
    bord = found["Bord"]
    assert (bord.n_avail, bord.n_nonzero, bord.n_unique) == (51, 45, 30)
    assert [round(value, 3) for value in (bord.frc_nonzero, bord.frc_unique)] == [0.882, 0.588]
    outliers = [code for code in ("LPI", "Flights", "Ship", "Bord", "Elec") if "outliers" in found[code].flags]
    assert outliers == ["Flights", "Bord", "Elec"]


def test_data_availability() -> None:
    # analysis.html: get_data_avail(coin, dset = "Raw")
    table = inputs().table
    found, row = data_availability(table), table.units.index("BGD")
    assert (found.n_missing[row], found.n_zero[row], found.n_miss_or_zero[row]) == (6, 1, 7)
    assert found.dat_avail[row] == pytest.approx(0.877551, abs=5e-7)
    assert found.non_zero[row] == pytest.approx(0.9767442, abs=5e-8)
    groups = availability_by_group(table, inputs().framework)
    for code, share in (("ConEcFin", 1.0), ("Instit", 5 / 6), ("P2P", 0.75), ("Physical", 0.875)):
        assert groups.column(code)[row] == pytest.approx(share)


def test_treatment_record() -> None:
    # treat.html: Treat(ASEM_iData[c("Flights", "Goods", "Services")])$Dets_Table
    done = treat(inputs().table.select_codes(["Flights", "Goods", "Services"]))
    flights, goods, services = done.records
    assert (flights.test0.skew, flights.test0.kurt) == pytest.approx((2.103287, 4.508879), abs=5e-7)
    assert flights.test1 is not None
    assert flights.test1.passed
    assert (flights.nwin, flights.test1.skew, flights.test1.kurt) == pytest.approx((1, 1.900658, 3.3360647), abs=5e-7)
    assert goods.test1 is not None
    assert (goods.nwin, goods.test1.skew, goods.test1.kurt) == pytest.approx((2, 1.140608, 0.1572047), abs=5e-7)
    assert services.test0.passed
    assert services.test1 is None
    # Treated_Points: rows 30 of Flights, 11 and 35 of Goods in COINr's order of the file (GBR; DEU, CHN).
    assert sorted(done.labels()) == [("CHN", "Goods", "winhi"), ("DEU", "Goods", "winhi"), ("GBR", "Flights", "winhi")]


def test_correlations_of_a_group() -> None:
    # analysis.html: get_corr(coin, dset = "Raw", iCodes = list("Environ"), Levels = 1)
    pairs = level_correlations(inputs().table, inputs().framework, (1, 1), codes=(["Environ"], ["Environ"]))
    found = {(pair.first, pair.second): pair.correlation for pair in pairs}
    assert len(pairs) == 25
    assert found["CO2", "CO2"] == 1
    assert found["MatCon", "CO2"] == pytest.approx(0.7222051, abs=5e-8)
    assert found["PrimEner", "CO2"] == pytest.approx(0.3268484, abs=5e-8)
    assert found["Renew", "CO2"] == pytest.approx(-0.5986338, abs=5e-8)
    assert math.isnan(found["Forest", "CO2"])
    assert math.isnan(found["PrimEner", "Renew"])


def test_correlation_flags() -> None:
    # analysis.html: get_corr_flags(coin, dset = "Normalised", cor_thresh = 0.75 / -0.5, grouplev = 2)
    normalised = run_steps(inputs(), CHAIN[:-1]).table
    flags = correlation_flags(normalised, inputs().framework, high=0.75, low=-0.5)
    found = {(flag.group, frozenset((flag.first, flag.second)), flag.correlation) for flag in flags}
    assert found == {
        ("Social", frozenset(("CPI", "FreePress")), 0.761),
        ("Social", frozenset(("CPI", "NGOs")), 0.768),
        ("Instit", frozenset(("CostImpEx", "TBTs")), -0.697),
        ("Instit", frozenset(("RTAs", "TBTs")), -0.752),
        ("Instit", frozenset(("TIRcon", "TBTs")), -0.623),
    }


def test_denominator_correlations() -> None:
    # analysis.html: get_denom_corr(coin, dset = "Raw", cor_thresh = 0.7)
    found = denominator_correlations(inputs().table, inputs().denominators, threshold=0.7)
    assert {(pair.first, pair.second, pair.correlation) for pair in found} == {
        ("CultGood", "Energy", 0.71),
        ("CultGood", "GDP", 0.85),
        ("FDI", "Energy", 0.74),
        ("FDI", "GDP", 0.85),
        ("Goods", "GDP", 0.80),
        ("PRemit", "GDP", 0.71),
        ("Research", "GDP", 0.78),
        ("Services", "GDP", 0.77),
        ("StMob", "Energy", 0.73),
        ("StMob", "GDP", 0.84),
    }


def test_alpha_and_components() -> None:
    # analysis.html: get_cronbach(coin, dset = "Raw", iCodes = "P2P"); get_PCA(coin, dset = "Raw", iCodes = "Sust")
    framework = inputs().framework
    assert cronbach_alpha(inputs().table, framework.children("P2P")) == pytest.approx(0.05126659, abs=5e-9)
    found = principal_components(inputs().table.select_codes(["CO2", "Forest", "MatCon", "PrimEner", "Renew"]))
    expected = np.array([-0.581, 0.214, -0.543, -0.313, 0.473])
    assert found.loadings[:, 0] * np.sign(found.loadings[0, 0] * expected[0]) == pytest.approx(expected, abs=6e-4)
    assert found.n_used == 50
