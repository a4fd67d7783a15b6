WITH won AS (
  SELECT tender_no, tender_name, owner, owner_name, winner, winner_name, price, city,
    CAST(extract(year FROM award_date) AS BIGINT) AS year
  FROM award
  WHERE price >= $min_amount AND replace(coalesce(method, ''), '非单一来源', '') NOT LIKE '%单一来源%'
    AND coalesce(method, '') NOT LIKE '%框架%'
),
-- Who won has bid, whether or not the bid is in the register.
tried AS (
  SELECT b.bidder, w.tender_no, w.owner, w.city, w.year, w.winner = b.bidder AS won, w.price, TRUE AS recorded
  FROM won AS w
  JOIN bid AS b ON b.tender_no = w.tender_no
  UNION ALL
  SELECT w.winner, w.tender_no, w.owner, w.city, w.year, TRUE, w.price, FALSE
  FROM won AS w
  LEFT JOIN bid AS b ON b.tender_no = w.tender_no AND b.bidder = w.winner
  WHERE b.bidder IS NULL
),
-- Two years up to the year of the row.
owner_wins AS (
  SELECT y.winner, y.owner, y.year, max(w.owner_name) AS owner_name, count(*) AS won, sum(w.price) AS amount
  FROM (SELECT DISTINCT winner, owner, year FROM won) AS y
  JOIN won AS w ON w.winner = y.winner AND w.owner = y.owner AND w.year BETWEEN y.year - 1 AND y.year
  GROUP BY y.winner, y.owner, y.year
  HAVING count(*) >= $wins
),
owner_rate AS (
  SELECT o.winner, o.owner, o.year, o.owner_name, o.won, o.amount, count(*) AS tried,
    sum(CASE WHEN t.recorded THEN 1 ELSE 0 END) AS recorded
  FROM owner_wins AS o
  JOIN tried AS t ON t.bidder = o.winner AND t.owner = o.owner AND t.year BETWEEN o.year - 1 AND o.year
  GROUP BY o.winner, o.owner, o.year, o.owner_name, o.won, o.amount
),
-- Tenders of an owner of which no bid at all is in the register: the firm may have lost there.
silent AS (
  SELECT w.owner, w.year, count(*) AS tenders
  FROM won AS w
  LEFT JOIN (SELECT DISTINCT tender_no FROM bid) AS b ON b.tender_no = w.tender_no
  WHERE b.tender_no IS NULL
  GROUP BY w.owner, w.year
),
owner_silent AS (
  SELECT o.winner, o.owner, o.year, sum(s.tenders) AS tenders
  FROM owner_rate AS o
  JOIN silent AS s ON s.owner = o.owner AND s.year BETWEEN o.year - 1 AND o.year
  GROUP BY o.winner, o.owner, o.year
),
-- Work of any size and kind that the firm has from others.
elsewhere AS (
  SELECT o.winner, o.owner, o.year, count(*) AS tenders
  FROM owner_rate AS o
  JOIN award AS a ON a.winner = o.winner AND a.owner <> o.owner
    AND CAST(extract(year FROM a.award_date) AS BIGINT) BETWEEN o.year - 1 AND o.year
  GROUP BY o.winner, o.owner, o.year
),
-- Who loads the awards of one owner alone cannot say where else a firm has work.
several AS (
  SELECT year FROM won GROUP BY year HAVING count(DISTINCT owner) > 1
),
owner_told AS (
  SELECT o.*, e.tenders IS NULL AND m.year IS NOT NULL AS only_owner, o.won >= o.tried * $rate AS high,
    -- However many of the unknown bids were lost, the rate stays over the line.
    o.recorded = o.tried AND o.won >= (o.tried + coalesce(s.tenders, 0)) * $rate AS surely
  FROM owner_rate AS o
  LEFT JOIN owner_silent AS s ON s.winner = o.winner AND s.owner = o.owner AND s.year = o.year
  LEFT JOIN elsewhere AS e ON e.winner = o.winner AND e.owner = o.owner AND e.year = o.year
  LEFT JOIN several AS m ON m.year = o.year
),
-- A firm whose home is not known may be at home wherever it bids.
home AS (
  SELECT DISTINCT t.bidder, t.year, coalesce(f.city, t.city) AS city, f.city IS NULL AS homeless
  FROM tried AS t
  LEFT JOIN firm AS f ON f.firm = t.bidder
  WHERE coalesce(f.city, t.city) IS NOT NULL
),
place AS (
  SELECT y.bidder, y.year, y.city, y.homeless, sum(CASE WHEN t.city = y.city THEN 1 ELSE 0 END) AS home_tried,
    sum(CASE WHEN t.city = y.city AND t.won THEN 1 ELSE 0 END) AS home_won,
    sum(CASE WHEN t.city <> y.city THEN 1 ELSE 0 END) AS away_tried,
    sum(CASE WHEN t.city <> y.city AND t.won THEN 1 ELSE 0 END) AS away_won,
    sum(CASE WHEN t.city = y.city AND t.recorded THEN 1 ELSE 0 END) AS recorded,
    bool_and(t.recorded) AS complete, sum(CASE WHEN t.won THEN t.price ELSE 0 END) AS amount
  FROM home AS y
  JOIN tried AS t ON t.bidder = y.bidder AND t.year BETWEEN y.year - 1 AND y.year
  GROUP BY y.bidder, y.year, y.city, y.homeless
),
-- Whoever has no staff has none, however the work was given: the size is asked of every award.
found AS (
  SELECT winner AS firm, '招标人' AS issue, owner AS subject, year,
    CASE WHEN high AND surely THEN 'one_owner' WHEN only_owner THEN 'only_owner' ELSE 'no_bids' END AS reason,
    owner_name AS subject_name, won, recorded AS tried, CAST(NULL AS BIGINT) AS away_won,
    CAST(NULL AS BIGINT) AS away_tried, amount, CAST(NULL AS BIGINT) AS staff_count,
    CAST(NULL AS DECIMAL(14, 2)) AS tax
  FROM owner_told
  WHERE high
  UNION ALL
  SELECT bidder, '地域', city, year,
    CASE WHEN homeless THEN 'no_home' WHEN complete THEN 'home_only' ELSE 'no_bids' END, city, home_won,
    CASE WHEN complete THEN home_tried ELSE recorded END, away_won, away_tried, amount, NULL, NULL
  FROM place
  WHERE home_tried >= $min_bids AND away_tried >= $min_bids AND home_won >= home_tried * $home
    AND away_won <= away_tried * $away
  UNION ALL
  SELECT a.winner, '规模', a.tender_no, CAST(extract(year FROM a.award_date) AS BIGINT), CASE
      WHEN f.staff IS NULL THEN 'no_staff'
      WHEN f.tax IS NULL THEN 'too_small_no_tax'
      WHEN f.tax >= a.price * $tax_share THEN 'tax_fits'
      ELSE 'too_small'
    END, coalesce(a.tender_name, a.tender_no), NULL, NULL, NULL, NULL, a.price, f.staff, f.tax
  FROM award AS a
  LEFT JOIN firm AS f ON f.firm = a.winner
  WHERE a.price >= $m0 AND (f.staff IS NULL OR f.staff <= $staff)
)
SELECT
  n.firm, n.issue, n.subject,
  CAST(n.year AS VARCHAR) AS period,
  CASE WHEN n.reason IN ('no_bids', 'no_staff', 'no_home') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN n.reason IN ('no_bids', 'no_staff', 'no_home') THEN NULL WHEN n.reason = 'tax_fits' THEN 'blue' ELSE 'yellow'
  END AS colour,
  CAST(CASE n.reason
    WHEN 'one_owner' THEN least(90, 40 + n.won * 3) WHEN 'home_only' THEN least(80, 40 + n.away_tried * 2)
    WHEN 'only_owner' THEN least(70, 30 + n.won * 2) WHEN 'too_small' THEN 60 WHEN 'too_small_no_tax' THEN 55
    WHEN 'tax_fits' THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason = 'tax_fits' AS explainable,
  coalesce(f.firm_name, n.firm) AS firm_name, coalesce(n.subject_name, n.subject) AS subject_name,
  CAST(n.won AS BIGINT) AS won,
  CAST(n.tried AS BIGINT) AS tried, CAST(n.away_won AS BIGINT) AS away_won, CAST(n.away_tried AS BIGINT) AS away_tried,
  CAST(n.amount AS DECIMAL(18, 2)) AS amount, n.staff_count, n.tax
FROM found AS n
LEFT JOIN firm AS f ON f.firm = n.firm
