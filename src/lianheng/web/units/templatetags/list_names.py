"""A list by its name on pages."""

from django import template

from lianheng.web.units.list_names import list_label, list_labels, part_label

register = template.Library()
register.filter("list_label", list_label)
register.filter("list_labels", list_labels)
register.filter("part_label", part_label)
