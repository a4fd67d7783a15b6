-- A text in its JSON writing, and nothing for anything else.
CREATE MACRO text_or_null(x) AS CASE WHEN starts_with(x, '"') THEN x::VARCHAR END;
-- The text itself.
CREATE MACRO plain(x) AS CASE WHEN contains(x, '\') THEN json_extract_string(x, '$') ELSE substring(x, 2, len(x) - 2) END;
-- Whether one text comes after another, byte by byte.
CREATE MACRO after(a, b) AS CASE
  WHEN contains(a, '\') OR contains(b, '\') THEN plain(a) > plain(b)
  ELSE substring(a, 1, len(a) - 1) > substring(b, 1, len(b) - 1) END;
-- A number as a double; nothing for anything else and for what no double holds.
CREATE MACRO finite_or_null(x) AS
  CASE WHEN NOT starts_with(x, '"') AND isfinite(TRY_CAST(x AS DOUBLE)) THEN CAST(x AS DOUBLE) END;
-- The ids of a list of organisations.
CREATE MACRO texts(x) AS list_filter(list_transform(x, lambda o: o.id), lambda id: starts_with(id, '"'));
-- Seconds since 1970 of 2024-05-31T12:00:00; a leap second is the second after.
CREATE MACRO clock_seconds(x) AS CASE
  WHEN ends_with(x, '60') THEN epoch_ms(TRY_CAST(x[1:10] || ' ' || x[12:17] || '59' AS TIMESTAMP)) // 1000 + 1
  ELSE epoch_ms(TRY_CAST(CASE WHEN x[11] = 't' THEN upper(x) ELSE x END AS TIMESTAMP)) // 1000 END;
-- Seconds of an offset such as +08:00.
CREATE MACRO offset_seconds(x) AS (x[1] || '1')::BIGINT * (x[2:3]::BIGINT * 3600 + x[5:6]::BIGINT * 60);
-- An RFC 3339 date-time as seconds since 1970 and nanoseconds; nothing for anything else.
CREATE MACRO moment(x) AS CASE
  WHEN regexp_full_match(x, '"\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"')
  THEN {
    seconds: clock_seconds(x[2:20]) - CASE WHEN x[-2:-2] IN ('Z', 'z') THEN 0 ELSE offset_seconds(x[-7:-2]) END,
    nanoseconds: CASE WHEN x[21] = '.' THEN rpad(regexp_extract(x, '\.(\d{1,9})', 1), 9, '0')::BIGINT ELSE 0 END
  } END;
-- Whole days from one moment to another, cut off toward zero.
CREATE MACRO whole_days(a, b) AS
  trunc((b.seconds - a.seconds
    + CASE WHEN b.seconds > a.seconds AND b.nanoseconds < a.nanoseconds THEN -1
      WHEN b.seconds < a.seconds AND b.nanoseconds > a.nanoseconds THEN 1 ELSE 0 END) / 86400)::BIGINT;
