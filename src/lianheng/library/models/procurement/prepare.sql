-- Tables that several indicators share, over `release` (one row a line of the file, in its order).
-- Texts are kept in their JSON writing, quotes included: equal texts are equal, and a number is no text.

-- One contracting process a row. Its rowid is its place in the file.
CREATE TABLE process AS
SELECT
  ocid,
  text_or_null(buyer.id) AS buyer,
  text_or_null(tender.procuringEntity.id) AS entity,
  text_or_null(tender.procurementMethod) AS method,
  text_or_null(tender.procurementMethodDetails) AS details,
  tender.numberOfTenderers AS number_of_tenderers,
  text_or_null(tender.tenderPeriod.startDate) AS period_start,
  text_or_null(tender.tenderPeriod.endDate) AS period_end,
  CASE
    WHEN len($price_comparison) > 0
      THEN coalesce(list_contains($price_comparison, text_or_null(tender.procurementMethodDetails)), false)
    ELSE NOT coalesce(list_contains($no_price_comparison, text_or_null(tender.procurementMethodDetails)), false)
  END AS comparable,
  bids.details AS bids,
  awards
FROM release
WHERE starts_with(ocid, '"')
  AND tender.status IS DISTINCT FROM '"cancelled"'
  AND NOT coalesce(list_contains($excluded_details, text_or_null(tender.procurementMethodDetails)), false);

-- One award a row. supplier: the only one, where there is exactly one and it has an id.
CREATE TABLE award AS
SELECT
  p,
  award.status AS status,
  CASE WHEN len(award.suppliers) = 1 THEN text_or_null(award.suppliers[1].id) END AS supplier,
  award.suppliers AS suppliers,
  award.items AS items
FROM (SELECT rowid AS p, unnest(awards) AS award FROM process);

-- What the awards of a process come to. winner: all awards final, exactly one active, with exactly one supplier.
CREATE TABLE decision AS
SELECT
  award.p,
  bool_and(coalesce(NOT starts_with(award.status, '"')
    OR award.status IN ('"active"', '"cancelled"', '"unsuccessful"'), true))
    AND any_value(process.bids IS NOT NULL) AS final,
  count(*) FILTER (award.status = '"active"') AS active,
  CASE WHEN final AND count(*) FILTER (award.status = '"active"') = 1
    THEN max(supplier) FILTER (award.status = '"active"') END AS winner
FROM award JOIN process ON process.rowid = award.p
GROUP BY award.p;

-- One submitted bid a row, in the order of the file. tenderer: the only one, where there is exactly one and it has an id.
CREATE TABLE bid AS
SELECT
  p, ocid, comparable, bid.status AS status, bid.date AS date, period_end,
  CASE WHEN starts_with(bid.value.currency, '"') THEN finite_or_null(bid.value.amount) END AS amount,
  bid.value.currency AS currency,
  CASE WHEN len(bid.tenderers) = 1 THEN text_or_null(bid.tenderers[1].id) END AS tenderer,
  bid.tenderers AS tenderers
FROM (SELECT rowid AS p, ocid, comparable, period_end, unnest(bids) AS bid FROM process)
WHERE starts_with(bid.status, '"') AND bid.status NOT IN ('"invited"', '"withdrawn"');

-- One tenderer of one submitted bid a row.
CREATE TABLE bidder AS
SELECT p, b, status, text_or_null(tenderer.id) AS tenderer
FROM (SELECT p, rowid AS b, status, unnest(tenderers) AS tenderer FROM bid)
WHERE starts_with(tenderer.id, '"');

-- The valid bids of one tenderer each, in processes with a sole winner.
CREATE TABLE contest AS
SELECT bid.p, bid.rowid AS b, ocid, comparable, amount, currency, tenderer, winner
FROM bid JOIN decision ON decision.p = bid.p
WHERE winner IS NOT NULL AND bid.status = '"valid"' AND tenderer IS NOT NULL;

-- The currency of the comparison: the one that is set, else the first seen, line by line.
CREATE TABLE main_currency AS
SELECT coalesce($currency, (
  SELECT currency
  FROM (
    SELECT p, 1 AS turn, b, currency FROM contest WHERE $differences AND comparable AND amount IS NOT NULL
    UNION ALL
    SELECT p, 2 AS turn, bid.rowid AS b, currency FROM bid SEMI JOIN decision ON decision.p = bid.p AND active > 0
    WHERE $lowest_bids AND comparable AND amount IS NOT NULL
  )
  ORDER BY p, turn, b
  LIMIT 1
)) AS currency;

-- How far the lowest other bid lies above the winner's; the last line of an ocid that yields a value counts.
CREATE TABLE difference AS
SELECT p, ocid, winner, lowest_other, (lowest_other - lowest_own) / lowest_own AS difference
FROM (
  SELECT
    p, any_value(ocid) AS ocid, any_value(winner) AS winner,
    min(amount) FILTER (tenderer = winner) AS lowest_own,
    min(amount) FILTER (tenderer <> winner) AS lowest_other
  FROM contest
  WHERE comparable AND amount IS NOT NULL AND currency = (SELECT currency FROM main_currency)
  GROUP BY p
)
WHERE lowest_other >= lowest_own
QUALIFY row_number() OVER (PARTITION BY ocid ORDER BY p DESC) = 1;

-- In how many processes each tenderer had a valid bid, and how many of them it won.
CREATE TABLE tendering AS
SELECT tenderer, count(*) AS processes, count(*) FILTER (won) / count(*) AS ratio
FROM (SELECT p, tenderer, any_value(tenderer = winner) AS won FROM contest GROUP BY p, tenderer)
GROUP BY tenderer;

-- Submitted and disqualified bids of each organisation.
CREATE TABLE disqualification AS
WITH counted AS (
  SELECT p, count(*) AS submitted, count(*) FILTER (status = '"disqualified"') AS disqualified FROM bid GROUP BY p
)
SELECT 'Buyer' AS grp, buyer AS id, sum(submitted)::BIGINT AS submitted, sum(disqualified)::BIGINT AS disqualified
FROM counted JOIN process ON process.rowid = counted.p WHERE buyer IS NOT NULL GROUP BY buyer
UNION ALL
SELECT 'ProcuringEntity', entity, sum(submitted)::BIGINT, sum(disqualified)::BIGINT
FROM counted JOIN process ON process.rowid = counted.p WHERE entity IS NOT NULL GROUP BY entity
UNION ALL
SELECT 'Tenderer', tenderer, count(*), count(*) FILTER (status = '"disqualified"')
FROM bidder GROUP BY tenderer;

-- In how many processes each supplier was awarded items that are classified, and of how many classes.
CREATE TABLE supply AS
SELECT supplier, count(DISTINCT p) AS processes, count(DISTINCT class) AS variety
FROM (
  SELECT p, supplier, substring(plain(text_or_null(item.classification.id)), 1, $digits) AS class
  FROM (SELECT p, supplier, unnest(items) AS item FROM award WHERE status = '"active"' AND supplier IS NOT NULL)
)
WHERE class IS NOT NULL
GROUP BY supplier;
