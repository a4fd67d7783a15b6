import json
import re

import pytest

from lianheng.web.units.county_map import NO_NUMBER, county_map
from lianheng.web.units.division_views import _legend, _step
from lianheng.web.units.models import Division

COUNTIES = 12


def test_it_draws_twelve_counties_and_enlarges_four(settings, tmp_path):
    settings.DATA = tmp_path
    drawn = county_map({"430405": ("t1", "88.10", "/units/430405/")})
    assert len(drawn.codes) == COUNTIES
    # Four urban districts are drawn twice: in place and in the frame.
    assert len(re.findall("<path", drawn.svg)) == COUNTIES + 4
    assert len(re.findall('<a href="/units/430405/" aria-label="[^"]+ 88.10">', drawn.svg)) == 2
    assert drawn.svg.count("88.10</text>") == 1
    assert "style=" not in drawn.svg
    assert drawn.note == NO_NUMBER


def test_a_phone_numbers_the_counties_as_the_list_does_and_fills_are_said_in_words(settings, tmp_path):
    settings.DATA = tmp_path
    values = {"430405": ("t1", "88.10", ""), "430481": ("t2", "70.00", ""), "430473": ("t2", "70.00", "")}
    drawn = county_map(values, legend=[("t1", "高"), ("t2", "低")], order=["430473", "430481", "430405"])
    # A zone stands in the list, but not on the map: it takes no number.
    assert drawn.numbers == {"430481": 1, "430405": 2}
    assert re.findall(r"map-number[^>]*>(\d+)<", drawn.svg) == ["1", "2"]
    assert drawn.legend == (("t1", "高", 1), ("t2", "低", 1))


def test_an_office_brings_its_own_boundaries_and_number(settings, tmp_path):
    settings.DATA = tmp_path
    (tmp_path / "map").mkdir()
    square = {"type": "Polygon", "coordinates": [[[112, 26], [113, 26], [113, 27], [112, 27], [112, 26]]]}
    feature = {"type": "Feature", "properties": {"adcode": "430421", "name": "<甲县>"}, "geometry": square}
    own = {"type": "FeatureCollection", "features": [feature], "approval_number": "湘S（2026）001号"}
    (tmp_path / "map" / "counties.geojson").write_text(json.dumps(own))
    drawn = county_map({})
    assert drawn.codes == {"430421"}
    assert drawn.note == "审图号：湘S（2026）001号"
    assert "<甲县>" not in drawn.svg


@pytest.mark.parametrize("content", ["{", "{}", '{"features": []}', '{"features": [{"geometry": {"type": "Point"}}]}'])
def test_a_broken_file_falls_back_and_says_so(settings, tmp_path, content):
    settings.DATA = tmp_path
    (tmp_path / "map").mkdir()
    (tmp_path / "map" / "counties.geojson").write_text(content)
    drawn = county_map({})
    assert len(drawn.codes) == COUNTIES
    assert "读不出来" in drawn.problem


def test_zones_stand_beside_the_map_and_not_on_it(make_user, city_bodies, log_in):
    page = log_in(make_user("office", "special_office", division="4304")).get("/units/map/")
    assert [zone.pk for zone in page.context["zones"]] == ["430473"]
    assert "430473" not in page.context["map"].svg
    assert [row.division.pk for row in page.context["roll_up"].rows] == ["430421", "430424", "430473"]
    said = page.content.decode()
    assert 'aria-label="图例"' in said and '<span class="map-key">2</span>' in said and 'class="map-key">3<' not in said


def test_a_county_sees_its_own_number_only(make_user, city_bodies, log_in):
    page = log_in(make_user("county", "special_office", division="430421")).get("/units/map/")
    assert page.context["codes"] == {"430421"}
    assert "/units/430424/" not in page.content.decode()
    assert Division.objects.filter(pk="430424").exists()


@pytest.mark.parametrize(
    ("most", "legend"),
    [
        (0, []),
        (1, [("t1", "1 个"), ("t4", "0 个")]),
        (2, [("t1", "2 个"), ("t3", "1 个"), ("t4", "0 个")]),
        (3, [("t1", "3 个"), ("t2", "2 个"), ("t3", "1 个"), ("t4", "0 个")]),
        (4, [("t1", "4 个"), ("t2", "3 个"), ("t3", "2 个"), ("t4", "1 个以下")]),
        (100, [("t1", "76 个以上"), ("t2", "51–75 个"), ("t3", "26–50 个"), ("t4", "25 个以下")]),
    ],
)
def test_the_legend_names_the_numbers_that_a_fill_can_have(most, legend):
    assert _legend({"430421": most, "": 999}) == legend


@pytest.mark.parametrize("most", range(1, 60))
def test_every_number_stands_in_the_words_of_its_fill(most):
    said = dict(_legend({"430421": most}))
    for count in range(most + 1):
        words = said[_step({"430421": most, "430424": count}, "430424")]
        numbers = [int(n) for n in re.findall(r"\d+", words)]
        first = 0 if "以下" in words else numbers[0]
        last = most if "以上" in words else numbers[-1]
        assert first <= count <= last
