"""My inbox and the search over everything that I may see."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lianheng.web.accounts.scope import grants_of
from lianheng.web.desk import inbox, words
from lianheng.web.desk.year_glance import glance
from lianheng.web.shell.clock import today
from lianheng.web.shell.unknown_conditions import choose, unknown_conditions, unknown_words


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """待办: what I must do, the most urgent first."""
    items = inbox.items_for(request.user)
    colour, no_such = choose(request, "light", "灯", words.URGENCY)
    unknown = unknown_conditions(request, ["light"])
    shown = [item for item in items if not colour or item.light == colour]
    counts = {name: sum(item.light == name for item in items) for name in words.URGENCY}
    groups = [
        (words.URGENCY[name].format(counts[name]), [item for item in shown if item.light == name]) for name in counts
    ]
    context = {
        "groups": [(heading, rows) for heading, rows in groups if rows],
        "total": len(items),
        "counts": counts,
        "chosen": colour,
        "not_used": [notice for notice in (no_such, unknown and unknown_words(unknown)) if notice],
        **glance(request.user, today()),
    }
    return render(request, "desk/home.html", context)


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Search what rooms have registered, each within the scope of who asks."""
    text = request.GET.get("q", "").strip()[:40]
    groups = inbox.search_for(request.user, text) if len(text) >= 2 else []
    return render(request, "desk/search.html", {"q": text, "groups": groups, "too_short": 0 < len(text) < 2})


@login_required
@require_safe
def me(request: HttpRequest) -> HttpResponse:
    """Show who I am here and what I may see and do, in words."""
    rows = words.describe_grants(grants_of(request.user))
    return render(request, "desk/me.html", {"rows": rows})
