"""Names of institutions: the key they sort by, and the pairs of characters that find them."""

import itertools
from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet
from pypinyin import lazy_pinyin

from lianheng.web.shell.batches import in_batches
from lianheng.web.shell.bigrams import bigrams
from lianheng.web.units.models import Institution, InstitutionGram


def sort_key(name: str) -> str:
    """Return the pinyin by which a Chinese name sorts the same on every database."""
    return " ".join(lazy_pinyin(name)).lower()[:200]


def index_names(institutions: Iterable[Institution], *, new: bool = False) -> None:
    """Write the pairs of these names anew; `new` rows have none yet that would have to go first."""
    rows = list(institutions)
    ids = [row.pk for row in rows]
    for batch in in_batches([] if new else ids):
        InstitutionGram.objects.filter(institution_id__in=batch).delete()
    pairs = sorted((gram, row.pk) for row in rows for gram in {g for g in bigrams(row.name) if len(g) == 2})
    # Plain SQL: half a million pairs of a large import would spend their time as model instances.
    table = connection.ops.quote_name(InstitutionGram._meta.db_table)
    with connection.cursor() as cursor:
        for part in in_batches(pairs, 400):
            marks = ", ".join(["(%s, %s)"] * len(part))
            cursor.execute(
                f"INSERT INTO {table} (gram, institution_id) VALUES {marks}", list(itertools.chain.from_iterable(part))
            )


def named_like(rows: QuerySet[Institution], text: str) -> QuerySet[Institution]:
    """Narrow institutions to those whose name holds the text: by its pairs, then the text itself."""
    text = text.strip()
    pairs = sorted({gram for gram in bigrams(text) if len(gram) == 2})
    for pair in pairs:
        rows = rows.filter(pk__in=InstitutionGram.objects.filter(gram=pair).values("institution_id"))
    return rows.filter(name__icontains=text)
