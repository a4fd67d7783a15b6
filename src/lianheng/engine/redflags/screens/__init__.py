"""报价筛查: screens of the bids of a tender, and how well a screen ranks tenders."""

from lianheng.engine.redflags.screens.combination import Judged, Limits, judge_tenders
from lianheng.engine.redflags.screens.definitions import SCREENS, TenderScreens, screen_tender
from lianheng.engine.redflags.screens.worth import auc

__all__ = ["SCREENS", "Judged", "Limits", "TenderScreens", "auc", "judge_tenders", "screen_tender"]
