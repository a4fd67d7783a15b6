-- The reader: makes the registers (registers/*.yaml) from `release`, one row a line of the file, in its order.
-- Statuses, dates, methods, currencies and classes are plain text. Ids keep their JSON writing, quotes included: equal
-- ids are equal, a number is no id, and they are written out as they are.

-- A text in its JSON writing, and nothing for anything else.
CREATE MACRO text_or_null(x) AS CASE WHEN starts_with(x, '"') THEN x::VARCHAR END;
-- The text itself; nothing for what is no text.
CREATE MACRO plain(x) AS CASE
  WHEN NOT starts_with(x, '"') THEN NULL
  WHEN contains(x, '\') THEN json_extract_string(x, '$')
  ELSE substring(x, 2, len(x) - 2) END;
-- A number as a double (it begins with - or a digit; DuckDB would cast true to 1); nothing for anything else and for what
-- no double holds.
CREATE MACRO finite_or_null(x) AS
  CASE WHEN ascii(x) BETWEEN 45 AND 57 AND isfinite(TRY_CAST(x AS DOUBLE)) THEN CAST(x AS DOUBLE) END;
-- A number that is written as an integer.
CREATE MACRO integer_or_null(x) AS
  CASE WHEN regexp_full_match(x, '-?[0-9]{1,18}') THEN CAST(x::VARCHAR AS BIGINT) END;
-- A quotient of doubles by the rules of IEEE 754: 1 ÷ 0 is infinite.
CREATE MACRO quotient(a, b) AS CAST(a AS DOUBLE) / CAST(b AS DOUBLE);
-- Seconds since 1970 of 2024-05-31T12:00:00; a leap second is the second after.
CREATE MACRO clock_seconds(x) AS CASE
  WHEN ends_with(x, '60') THEN epoch_ms(TRY_CAST(x[1:10] || ' ' || x[12:17] || '59' AS TIMESTAMP)) // 1000 + 1
  ELSE epoch_ms(TRY_CAST(CASE WHEN x[11] = 't' THEN upper(x) ELSE x END AS TIMESTAMP)) // 1000 END;
-- Seconds of an offset such as +08:00.
CREATE MACRO offset_seconds(x) AS (x[1] || '1')::BIGINT * (x[2:3]::BIGINT * 3600 + x[5:6]::BIGINT * 60);
-- An RFC 3339 date-time as seconds since 1970 and nanoseconds; nothing for anything else.
CREATE MACRO moment(x) AS CASE
  WHEN regexp_full_match(x, '\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)')
  THEN {
    seconds: clock_seconds(x[1:19]) - CASE WHEN x[-1:-1] IN ('Z', 'z') THEN 0 ELSE offset_seconds(x[-6:]) END,
    nanoseconds: CASE WHEN x[20] = '.' THEN rpad(regexp_extract(x, '\.(\d{1,9})', 1), 9, '0')::BIGINT ELSE 0 END
  } END;
-- Whole days from one moment to another, cut off toward zero.
CREATE MACRO whole_days(a, b) AS
  trunc((b.seconds - a.seconds
    + CASE WHEN b.seconds > a.seconds AND b.nanoseconds < a.nanoseconds THEN -1
      WHEN b.seconds < a.seconds AND b.nanoseconds > a.nanoseconds THEN 1 ELSE 0 END) / 86400)::BIGINT;

-- One contracting process a row. Its rowid is its place in the file.
CREATE TABLE line AS
SELECT
  ocid,
  text_or_null(buyer.id) AS buyer,
  text_or_null(tender.procuringEntity.id) AS entity,
  plain(tender.procurementMethod) AS method,
  plain(tender.procurementMethodDetails) AS details,
  integer_or_null(tender.numberOfTenderers) AS number_of_tenderers,
  plain(tender.tenderPeriod.startDate) AS period_start,
  plain(tender.tenderPeriod.endDate) AS period_end,
  CASE
    WHEN len($price_comparison) > 0
      THEN coalesce(list_contains($price_comparison, plain(tender.procurementMethodDetails)), false)
    ELSE NOT coalesce(list_contains($no_price_comparison, plain(tender.procurementMethodDetails)), false)
  END AS comparable,
  bids.details AS bids,
  awards
FROM release
WHERE starts_with(ocid, '"')
  AND tender.status IS DISTINCT FROM '"cancelled"'
  AND NOT coalesce(list_contains($excluded_details, plain(tender.procurementMethodDetails)), false);

CREATE VIEW process AS
SELECT rowid AS p, ocid, buyer, entity, method, details, number_of_tenderers, period_end, comparable FROM line;

-- Few texts name many periods: each is read once.
CREATE TABLE period AS
WITH texts AS (
  SELECT DISTINCT period_start AS written FROM line
  UNION
  SELECT DISTINCT period_end FROM line
),
moments AS MATERIALIZED (
  SELECT written, moment(written) AS moment FROM texts
)
SELECT line.rowid AS p, whole_days(starts.moment, ends.moment) AS days
FROM line
JOIN moments AS starts ON starts.written = period_start
JOIN moments AS ends ON ends.written = period_end;

CREATE TABLE given_award AS
SELECT
  p, bids_listed, plain(award.status) AS status,
  CASE WHEN len(award.suppliers) = 1 THEN text_or_null(award.suppliers[1].id) END AS only_supplier,
  award.suppliers AS suppliers, award.items AS items
FROM (SELECT rowid AS p, bids IS NOT NULL AS bids_listed, unnest(awards) AS award FROM line);

CREATE VIEW award AS SELECT rowid AS a, p, bids_listed, status, only_supplier FROM given_award;

CREATE TABLE award_supplier AS
SELECT p, status, supplier.id AS supplier
FROM (SELECT p, status, unnest(suppliers) AS supplier FROM given_award)
WHERE starts_with(supplier.id, '"');

CREATE TABLE award_item AS
SELECT p, status, only_supplier, plain(item.classification.id) AS class
FROM (SELECT p, status, only_supplier, unnest(items) AS item FROM given_award)
WHERE starts_with(item.classification.id, '"');

-- A bid is submitted where its status is a text other than these two.
CREATE TABLE given_bid AS
SELECT
  p, comparable, plain(bid.status) AS status, plain(bid.date) AS date,
  CASE WHEN starts_with(bid.value.currency, '"') THEN finite_or_null(bid.value.amount) END AS amount,
  plain(bid.value.currency) AS currency,
  CASE WHEN len(bid.tenderers) = 1 THEN text_or_null(bid.tenderers[1].id) END AS only_tenderer,
  bid.tenderers AS tenderers
FROM (SELECT rowid AS p, comparable, unnest(bids) AS bid FROM line)
WHERE starts_with(bid.status, '"') AND bid.status NOT IN ('"invited"', '"withdrawn"');

CREATE VIEW bid AS SELECT rowid AS b, p, comparable, status, date, amount, currency, only_tenderer FROM given_bid;

CREATE TABLE bidder AS
SELECT p, b, status, tenderer.id AS tenderer
FROM (SELECT p, rowid AS b, status, unnest(tenderers) AS tenderer FROM given_bid)
WHERE starts_with(tenderer.id, '"');
