-- Tables that several indicators share.

-- What the awards of a process come to. winner: all awards final, exactly one active, with exactly one supplier.
CREATE TABLE decision AS
WITH counted AS (
  SELECT
    p,
    bool_and(bids_listed AND (status IS NULL OR status IN ('active', 'cancelled', 'unsuccessful'))) AS final,
    count(CASE WHEN status = 'active' THEN 1 END) AS active,
    max(CASE WHEN status = 'active' THEN only_supplier END) AS supplier
  FROM award
  GROUP BY p
)
SELECT p, final, active, CASE WHEN final AND active = 1 THEN supplier END AS winner
FROM counted;

-- The valid bids of one tenderer each, in processes with a sole winner.
CREATE TABLE contest AS
SELECT bid.p, bid.b, bid.comparable, bid.amount, bid.currency, bid.only_tenderer AS tenderer, decision.winner
FROM bid
JOIN decision ON decision.p = bid.p
WHERE decision.winner IS NOT NULL AND bid.status = 'valid' AND bid.only_tenderer IS NOT NULL;

-- The currency of the comparison: the one that is set, else the first seen, line by line.
CREATE TABLE main_currency AS
WITH seen AS (
  SELECT p, 1 AS turn, b, currency
  FROM contest
  WHERE comparable AND amount IS NOT NULL AND (SELECT differences FROM run_setting)
  UNION ALL
  SELECT bid.p, 2 AS turn, bid.b, bid.currency
  FROM bid
  JOIN decision ON decision.p = bid.p AND decision.active > 0
  WHERE bid.comparable AND bid.amount IS NOT NULL AND (SELECT lowest_bids FROM run_setting)
),
first_seen AS (
  SELECT currency FROM seen ORDER BY p, turn, b LIMIT 1
)
SELECT coalesce(run_setting.currency, first_seen.currency) AS currency
FROM run_setting
LEFT JOIN first_seen ON TRUE;

-- How far the lowest other bid lies above the winner's; the last line of an ocid that yields a value counts.
CREATE TABLE difference AS
WITH lowest AS (
  SELECT
    p, winner,
    min(CASE WHEN tenderer = winner THEN amount END) AS own,
    min(CASE WHEN tenderer <> winner THEN amount END) AS other
  FROM contest
  WHERE comparable AND amount IS NOT NULL AND currency = (SELECT currency FROM main_currency)
  GROUP BY p, winner
),
valued AS (
  SELECT process.ocid, lowest.p, lowest.winner, lowest.own, lowest.other
  FROM lowest
  JOIN process ON process.p = lowest.p
  WHERE lowest.other >= lowest.own
),
-- No window here: DuckDB's forgets that a lowest amount was -0.0, by which the quotient is minus infinity.
latest AS (
  SELECT ocid, max(p) AS p FROM valued GROUP BY ocid
)
SELECT
  valued.p, valued.ocid, valued.winner, valued.other, quotient(valued.other - valued.own, valued.own) AS difference,
  valued.own = 0 AND valued.other = 0 AS undefined
FROM valued
JOIN latest ON latest.p = valued.p;

-- In how many processes each tenderer had a valid bid, and which part of them it won.
CREATE TABLE tendering AS
WITH each_process AS (
  SELECT p, tenderer, max(CASE WHEN tenderer = winner THEN 1 ELSE 0 END) AS won
  FROM contest
  GROUP BY p, tenderer
)
SELECT tenderer, count(*) AS processes, quotient(sum(won), count(*)) AS ratio
FROM each_process
GROUP BY tenderer;

-- Submitted bids of each organisation, and which part of them was disqualified.
CREATE TABLE disqualification AS
WITH counted AS (
  SELECT p, count(*) AS submitted, count(CASE WHEN status = 'disqualified' THEN 1 END) AS disqualified
  FROM bid
  GROUP BY p
),
organisation AS (
  SELECT 'Buyer' AS grp, process.buyer AS id, sum(submitted) AS submitted, sum(disqualified) AS disqualified
  FROM counted
  JOIN process ON process.p = counted.p
  WHERE process.buyer IS NOT NULL
  GROUP BY process.buyer
  UNION ALL
  SELECT 'ProcuringEntity', process.entity, sum(submitted), sum(disqualified)
  FROM counted
  JOIN process ON process.p = counted.p
  WHERE process.entity IS NOT NULL
  GROUP BY process.entity
  UNION ALL
  SELECT 'Tenderer', tenderer, count(*), count(CASE WHEN status = 'disqualified' THEN 1 END)
  FROM bidder
  GROUP BY tenderer
)
SELECT grp, id, submitted, quotient(disqualified, submitted) AS ratio
FROM organisation;

-- In how many processes each supplier was awarded items that are classified, and of how many classes.
CREATE TABLE supply AS
WITH supplied AS (
  SELECT award_item.p, award_item.only_supplier AS supplier, substring(award_item.class, 1, run_setting.digits) AS class
  FROM award_item
  JOIN run_setting ON TRUE
  WHERE award_item.status = 'active' AND award_item.only_supplier IS NOT NULL
)
SELECT supplier, count(DISTINCT p) AS processes, count(DISTINCT class) AS variety
FROM supplied
GROUP BY supplier;
