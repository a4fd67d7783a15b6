"""Offline HTML reports of the engines' commands: one file, text that stays text, charts as inline SVG, no network.

Build blocks (`blocks.Section` of `Paragraph`, `Note`, `DataTable`, `Chart`), draw charts (`charts`), and make the page
(`page.render_page`). Equal inputs give equal bytes.
"""
