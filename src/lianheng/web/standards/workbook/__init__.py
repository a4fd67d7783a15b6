"""标准清单 as an Excel workbook: written by `writing`, read by `reading`, checked and applied by `changes`."""
