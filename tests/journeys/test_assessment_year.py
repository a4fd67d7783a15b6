"""The whole first flow as its people live it: from no scheme to the notice and a package recomputed elsewhere."""

import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import pdfplumber
import pytest
from running import ROOT, Office
from small_city import PASSWORD, SCHOOLS
from visitor import PHONE, Visitor

pytestmark = pytest.mark.journey

SCHOOL = SCHOOLS["school"][1]
RIVAL = SCHOOLS["rival"][1]
YEAR = 2026
REASON = "现场核对台账，与填报不一致"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A young office on 20 November: standards are published, schools and people are registered."""
    place = Office(tmp_path_factory.mktemp("office"), today="2026-11-20")
    place.prepare()
    place.python(str(Path(__file__).with_name("small_city.py")))
    place.start()
    yield place
    place.stop()


@pytest.fixture(scope="module")
def people(office: Office, enter: Callable[..., Visitor]) -> Callable[[str], Visitor]:
    """Return each person's window, opened when it is first needed; the schools have a phone only."""
    windows: dict[str, Visitor] = {}

    def window(username: str) -> Visitor:
        if username not in windows:
            size = {"size": PHONE} if username in SCHOOLS else {}
            windows[username] = enter(office, username, PASSWORD, **size)
        return windows[username]

    return window


def test_an_assessment_year(office: Office, people: Callable[[str], Visitor], tmp_path: Path) -> None:
    round_url = _prepare_the_year(people("office"), people("office2"))
    for username in SCHOOLS:
        _fill_the_sheet(people(username))
    _close_self_scoring(people("office"), round_url)
    _score(people)
    _moderate(people, round_url)
    before = _compute_and_show(people, round_url, "没有问题")
    _explain(people("school"), before)
    _object(people)
    after = _compute_and_show(people, round_url, "异议已计入")
    assert after > before, (before, after)
    _publish(office, people, round_url)
    _documents(people, round_url, after, tmp_path)
    _recompute_elsewhere(people("office"), round_url, tmp_path)
    _no_trouble(people)


def _step(visitor: Visitor, round_url: str, label: str, *, final: bool = False) -> None:
    """Take a step of the round; one that cannot be taken back asks first."""
    visitor.open(round_url)
    if final:
        visitor.unfold(label)
    visitor.press(f"确认{label}" if final else label)


def _prepare_the_year(office: Visitor, office2: Visitor) -> str:
    """Draft and, by another, publish the schemes, then prepare and launch the round and seat the assessors."""
    office.open("/")
    office.follow("考评方案")
    office.page.get_by_label("年度").first.fill(str(YEAR))
    office.press("拟定各清单和百分制方案")
    for url in office.page.locator("a.title").evaluate_all("links => links.map(a => a.href)"):
        office.open(url)
        office.sees("请工作专班的另一个人核对后发布")
        office2.open(url)
        office2.press("发布方案")
        office2.sees("已发布")
    office.follow("年度考评")
    office.page.get_by_label("年度").first.fill(str(YEAR))
    office.page.get_by_label("自评截止").fill("2026-12-01")
    office.page.get_by_label("打分截止").fill("2026-12-20")
    office.press("筹备年度考评")
    office.sees("2026年度清廉建设考评已建立")
    round_url = office.page.url
    office.press("启动自评")
    office.sees("已办理：启动自评")
    office.press("自动安排考评人员")
    office.sees("已办理：自动安排考评人员")
    return round_url


def _fill_the_sheet(clerk: Visitor) -> None:
    """From the inbox to the form on a phone; a part above its whole is refused; then all is filled and handed in."""
    clerk.open("/")
    clerk.sees("填考评表")
    clerk.follow("填报", within="main")
    clerk.finds_it_fit()
    form = clerk.page.locator("#fill")
    for number in form.locator("input[inputmode=decimal]:not([name^='self.'])").all():
        number.fill("8" if _is_part(number) else "10")
    for choice in form.locator("fieldset").all():
        choice.locator("label").nth(0).click()
    part = form.locator(".field:has(.hint:has-text('的一部分')) input[inputmode=decimal]").first
    part.fill("11")
    clerk.press("存好，去提交")
    clerk.sees("没有存")
    clerk.finds_it_fit()
    part = clerk.page.locator("#fill .has-error input[inputmode=decimal]").first
    part.fill("8")
    clerk.press("存好，去提交")
    clerk.sees("要填的都填了", "提交后不能再改")
    clerk.finds_it_fit()
    clerk.page.get_by_role("button", name="提交").last.click()
    clerk.page.wait_for_load_state("load")
    clerk.sees("已提交")


def _is_part(number: object) -> bool:
    return bool(
        number.evaluate(
            "input => Boolean(input.closest('.field').querySelector('.hint')?.textContent.includes('的一部分'))"
        )
    )  # type: ignore[attr-defined]


def _close_self_scoring(office: Visitor, round_url: str) -> None:
    office.open(round_url)
    row = office.page.locator("tr", has_text="学校").first.inner_text().split()
    assert row[:3] == ["学校", "2", "2"], row
    _step(office, round_url, "结束自评，冻结数据", final=True)
    office.sees("已办理：结束自评")


def _score(people: Callable[[str], Visitor]) -> None:
    """Two assessors score each school: one leaves a computed value with a reason, far from the other."""
    left = ""
    for username in ("assessor1", "assessor2", "assessor3"):
        assessor = people(username)
        assessor.open("/seats/")
        for url in assessor.page.locator("main a[href^='/seats/']").evaluate_all(
            "a => [...new Set(a.map(x => x.href))]"
        ):
            assessor.open(url)
            leaves = not left and SCHOOL in assessor.text()
            left = _score_sheet(assessor, leaves) or left
    assert left, "nobody scored the school"


def _score_sheet(assessor: Visitor, leaves: bool) -> str:
    """Take what was computed, the best of what is judged; if `leaves`, halve one computed value, with a reason."""
    for choice in assessor.page.locator("#scores fieldset").all():
        choice.locator("label").nth(0).click()
    left = ""
    if leaves:
        field = assessor.page.locator("#scores input[inputmode=decimal]").first
        left = str(field.get_attribute("name")).removeprefix("p.")
        field.fill("1")
        assessor.press("打完这份")
        assessor.sees("没有存", "理由")
        assessor.finds_it_fit()
        assessor.page.locator(f"[name='r.{left}']").fill(REASON)
    assessor.press("打完这份")
    assert "没有存" not in assessor.text(), assessor.text()
    return left


def _moderate(people: Callable[[str], Visitor], round_url: str) -> None:
    """The gap is over 20 %: a third person sees both reasons, not the names, and decides."""
    office = people("office")
    _step(office, round_url, "开始分差复核")
    office.follow("看要复核的分差")
    office.sees(SCHOOL, "等第三人")
    office.finds_it_fit()
    office.page.locator("main select").first.select_option(index=1)
    third_name = office.page.locator("main select").first.evaluate("s => s.selectedOptions[0].text")
    office.page.get_by_role("button", name="指定").first.click()
    office.page.wait_for_load_state("load")
    number = next(n for n in "123" if f"演示考评员{n}" in str(third_name))
    third = people(f"assessor{number}")
    third.open("/seats/")
    third.page.locator("main a[href^='/seats/']", has_text=SCHOOL).first.click()
    third.page.wait_for_load_state("load")
    third.sees("第三人复核", REASON)
    third.finds_it_fit()
    third.page.locator("#scores input[inputmode=decimal]").first.fill("6")
    third.page.locator("#scores input[name^='r.']").first.fill("以现场核对的台账为准")
    third.press("打完这份")
    office.open(round_url)
    office.follow("看要复核的分差")
    office.sees("可以计算结果")


def _compute_and_show(people: Callable[[str], Visitor], round_url: str, opinion: str) -> float:
    """Compute in the background, let another person review, show the units; return the school's score."""
    office, office2 = people("office"), people("office2")
    _step(office, round_url, "计算结果")
    office.wait_for_job()
    office.finds_it_fit()
    office.follow("查看结果")
    office.open(round_url)
    office.sees("您计算了结果，要由另一个人审核")
    office2.open(round_url)
    office2.finds_it_fit()
    office2.page.get_by_label("审核意见").fill(opinion)
    office2.press("审核通过")
    office2.sees("已办理：审核通过")
    _step(office, round_url, "开始公示")
    office.sees("已办理：开始公示")
    school = people("school")
    school.open("/results/")
    school.follow(SCHOOL, within="main")
    return float(school.page.locator(".score").first.inner_text())


def _explain(school: Visitor, score: float) -> None:
    """From the total to an item to the input it was counted from."""
    school.sees("这个分怎么来的", f"{score:.2f}")
    school.finds_it_fit()
    row = school.page.locator("table.items details", has=school.page.locator("a[href^='/measures/values/']")).first
    row.locator("summary").click()
    row.locator("a[href^='/measures/values/']").first.click()
    school.page.wait_for_load_state("load")
    school.sees(SCHOOL, "单位填报")
    school.page.go_back()


def _object(people: Callable[[str], Visitor]) -> None:
    """The school objects to the item it lost points on; somebody who did not score upholds it."""
    school, office = people("school"), people("office")
    item = school.page.locator("#id_item option:not([value=''])").first.get_attribute("value")
    school.page.locator("#id_item").select_option(item)
    school.page.get_by_label("理由").fill("台账在县局备案，现补交复印件，请按完成数计分。")
    school.press("提出异议", within="#objection")
    school.sees("异议已提出")
    office.open("/objections/")
    office.follow(SCHOOL, within="main")
    office.finds_it_fit()
    office.page.get_by_label("采纳", exact=True).check()
    office.page.get_by_label("改为多少分").fill("9")
    office.page.get_by_label("答复", exact=True).fill("经核对备案台账，予以采纳。")
    office.press("答复")
    office.sees("答复：采纳")


def _publish(office: Office, people: Callable[[str], Visitor], round_url: str) -> None:
    """Not before the period for objections is over; then by the leading group alone."""
    leader = people("leader")
    leader.open(round_url)
    leader.sees("公布结果", "异议期到")
    office.restart_on("2026-12-15")
    people("office").open(round_url)
    people("office").sees("由市级领导小组办理")
    _step(leader, round_url, "公布结果", final=True)
    leader.sees("已办理：公布结果")


def _documents(people: Callable[[str], Visitor], round_url: str, score: float, folder: Path) -> None:
    """Issue the notice; both forms open in other people's programs and say what the page says."""
    office = people("office")
    office.open(round_url)
    office.press("印发通报")
    if "/jobs/" in office.page.url:
        office.wait_for_job()
        office.open(round_url)
    office.sees("衡廉办〔2026〕1号")
    word = _saved(office, "main a[href*='/notices/'][href$='/docx/']", folder / "notice.docx")
    text = "\n".join(paragraph.text for paragraph in docx.Document(str(word)).paragraphs)
    tables = "\n".join(cell.text for table in docx.Document(str(word)).tables for cell in table._cells)
    assert SCHOOL in text + tables
    assert SCHOOL in _pdf_text(_saved(office, "main a[href*='/notices/'][href$='/pdf/']", folder / "notice.pdf"))
    school = people("school")
    school.open("/results/")
    school.follow(SCHOOL, within="main")
    sheet = _pdf_text(_saved(school, "main a[href$='/sheet/pdf/']", folder / "sheet.pdf"))
    assert SCHOOL in sheet
    assert f"{score:.2f}" in sheet


def _saved(visitor: Visitor, selector: str, target: Path) -> Path:
    """Fetch what a link leads to, in this person's session, and keep it as a file."""
    url = visitor.page.locator(selector).first.evaluate("a => a.href")
    answer = visitor.context.request.get(url)
    assert answer.ok, (url, answer.status)
    target.write_bytes(answer.body())
    return target


def _pdf_text(path: Path) -> str:
    with pdfplumber.open(path) as pdf:
        return "".join("".join((page.extract_text() or "").split()) for page in pdf.pages)


def _recompute_elsewhere(office: Visitor, round_url: str, folder: Path) -> None:
    """The package gives the same bytes in a process that has no database; one changed figure does not."""
    office.open(round_url)
    office.press("生成可复算数据包")
    office.wait_for_job()
    office.open(round_url)
    package = _saved(office, "main a[href$='/package/']", folder / "package.zip")
    assert _recompute(package) == (0, "EQUAL")
    assert _recompute(_tampered(package, folder / "tampered.zip")) == (1, "DIFFERENT")


def _recompute(package: Path) -> tuple[int, str]:
    """Return exit code and verdict, in another locale and time zone, without any setting of the office."""
    command = [sys.executable, "-m", "lianheng.cli.main", "assess", "recompute", str(package)]
    bare = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "America/New_York"}
    done = subprocess.run(command, cwd=ROOT, env=bare, capture_output=True, text=True)
    return done.returncode, done.stdout.split()[0] if done.stdout else done.stderr


def _tampered(package: Path, target: Path) -> Path:
    """Return a copy in which one digit of the results is another."""
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "results.json":
                content, count = re.subn(
                    rb'("earned":"\d)(\d)', lambda m: m[1] + bytes([(m[2][0] - 47) % 10 + 48]), content, count=1
                )
                assert count == 1, content[:300]
            new.writestr(name, content)
    return target


def _no_trouble(people: Callable[[str], Visitor]) -> None:
    names = ("office", "office2", "leader", "school", "rival", "assessor1", "assessor2", "assessor3")
    assert [trouble for name in names for trouble in people(name).troubles] == []
