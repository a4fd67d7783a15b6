"""Figures of GB/T 9704-2012 (党政机关公文格式) that both outputs share: millimetres unless a name says points."""

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
MARGIN_TOP, MARGIN_BOTTOM, MARGIN_LEFT, MARGIN_RIGHT = 37.0, 35.0, 28.0, 26.0
TYPE_WIDTH, TYPE_HEIGHT = 156.0, 225.0
LINES_PER_PAGE, CHARACTERS_PER_LINE = 22, 28

SIZE_2, SIZE_3, SIZE_4 = 22.0, 16.0, 14.0  # 2号, 3号, 4号 in points
POINTS_PER_MM = 72 / 25.4

MARK_BELOW_TYPE_TOP = 35.0  # upper edge of the red mark, measured from the upper edge of the type area
MARK_BELOW_PAGE_TOP_LETTER = 30.0
LETTER_LINE_LENGTH, LETTER_LINE_FROM_BOTTOM = 170.0, 20.0
RED_LINE_BELOW_NUMBER = 4.0
PAGE_NUMBER_BELOW_TYPE = 7.0
TAIL_RULE, TAIL_RULE_MIDDLE = 0.35, 0.25
RED = "ff0000"

MARK_LARGEST, MARK_NARROWEST = 56.0, 0.6


def mark_size(text: str) -> tuple[float, float]:
    """Size the red agency mark so that it stays on one line.

    A long name is first made narrower, as printers do, and only then smaller.

    Parameters
    ----------
    text : the mark; each character counts as one full width. Empty text gives the largest size.

    Returns
    -------
    Size in points, and horizontal scale (1.0 is unscaled).

    Example
    -------
    >>> mark_size("衡阳市人民政府")
    (56.0, 1.0)
    >>> size, scale = mark_size("清廉衡阳建设工作领导小组办公室")
    >>> size, round(scale, 2)
    (48.0, 0.6)
    """
    width = TYPE_WIDTH * POINTS_PER_MM * 0.98
    needed = max(len(text), 1)
    size = min(MARK_LARGEST, width / needed / MARK_NARROWEST)
    size = float(int(size)) if size >= 1 else size
    return size, min(1.0, width / needed / size)


DENSE_SIZE = 9.0  # 小五: a list of hundreds of rows


def table_text_size(columns: int) -> float:
    """Size of the text in a table, in points: 小四, and smaller where there are many columns.

    >>> [table_text_size(n) for n in (2, 8, 14)]
    [12.0, 10.5, 9.0]
    """
    return 12.0 if columns <= 6 else 10.5 if columns <= 10 else 9.0
