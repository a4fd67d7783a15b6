-- A text in its JSON writing, and nothing for anything else.
CREATE MACRO text_or_null(x) AS CASE WHEN starts_with(x, '"') THEN x::VARCHAR END;
-- The text itself.
CREATE MACRO plain(x) AS CASE WHEN contains(x, '\') THEN json_extract_string(x, '$') ELSE x[2:-2] END;
-- A number as a double; nothing for anything else and for what no double holds.
CREATE MACRO finite_or_null(x) AS
  CASE WHEN NOT starts_with(x, '"') AND isfinite(TRY_CAST(x AS DOUBLE)) THEN CAST(x AS DOUBLE) END;
-- The ids of a list of organisations.
CREATE MACRO texts(x) AS list_filter(list_transform(x, lambda o: o.id), lambda id: starts_with(id, '"'));
-- An RFC 3339 date-time as seconds since 1970 and nanoseconds; nothing for anything else.
CREATE MACRO moment(x) AS CASE
  WHEN regexp_full_match(x, '"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"')
  THEN {
    seconds: epoch(TRY_CAST(x[2:11] AS TIMESTAMP))::BIGINT
      + x[13:14]::BIGINT * 3600 + x[16:17]::BIGINT * 60 + x[19:20]::BIGINT
      - CASE WHEN lower(x[-2:-2]) = 'z' THEN 0
        ELSE (x[-7:-7] || '1')::BIGINT * (x[-6:-5]::BIGINT * 3600 + x[-3:-2]::BIGINT * 60) END,
    nanoseconds: CASE WHEN x[21] = '.' THEN rpad(regexp_extract(x, '\.(\d{1,9})', 1), 9, '0')::BIGINT ELSE 0 END
  } END;
-- Whole days from one moment to another, cut off toward zero.
CREATE MACRO whole_days(a, b) AS
  trunc((b.seconds - a.seconds
    + CASE WHEN b.seconds > a.seconds AND b.nanoseconds < a.nanoseconds THEN -1
      WHEN b.seconds < a.seconds AND b.nanoseconds > a.nanoseconds THEN 1 ELSE 0 END) / 86400)::BIGINT;
