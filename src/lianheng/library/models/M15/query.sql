WITH won AS (
  SELECT tender_no, tender_name, owner, owner_name, winner, winner_name, price, city,
    CAST(extract(year FROM award_date) AS BIGINT) AS year
  FROM award
  WHERE price >= $min_amount AND coalesce(method, '') NOT IN ('单一来源', '框架协议')
),
tried AS (
  SELECT b.bidder, w.tender_no, w.owner, w.city, w.year, w.winner = b.bidder AS won, w.price
  FROM won AS w
  JOIN bid AS b ON b.tender_no = w.tender_no
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
  SELECT o.winner, o.owner, o.year, o.owner_name, o.won, o.amount, count(t.tender_no) AS tried
  FROM owner_wins AS o
  LEFT JOIN tried AS t ON t.bidder = o.winner AND t.owner = o.owner AND t.year BETWEEN o.year - 1 AND o.year
  GROUP BY o.winner, o.owner, o.year, o.owner_name, o.won, o.amount
),
place AS (
  SELECT y.bidder, y.year, f.city, sum(CASE WHEN t.city = f.city THEN 1 ELSE 0 END) AS home_tried,
    sum(CASE WHEN t.city = f.city AND t.won THEN 1 ELSE 0 END) AS home_won,
    sum(CASE WHEN t.city <> f.city THEN 1 ELSE 0 END) AS away_tried,
    sum(CASE WHEN t.city <> f.city AND t.won THEN 1 ELSE 0 END) AS away_won,
    sum(CASE WHEN t.won THEN t.price ELSE 0 END) AS amount
  FROM (SELECT DISTINCT bidder, year FROM tried) AS y
  JOIN firm AS f ON f.firm = y.bidder
  JOIN tried AS t ON t.bidder = y.bidder AND t.year BETWEEN y.year - 1 AND y.year
  GROUP BY y.bidder, y.year, f.city
),
found AS (
  SELECT winner AS firm, '招标人' AS issue, owner AS subject, year,
    CASE WHEN tried < won THEN 'no_bids' ELSE 'one_owner' END AS reason, owner_name AS subject_name, won, tried,
    CAST(NULL AS BIGINT) AS away_won, CAST(NULL AS BIGINT) AS away_tried, amount, CAST(NULL AS BIGINT) AS staff_count,
    CAST(NULL AS DECIMAL(14, 2)) AS tax
  FROM owner_rate
  WHERE tried < won OR won >= tried * $rate
  UNION ALL
  SELECT bidder, '地域', city, year, 'home_only', city, home_won, home_tried, away_won, away_tried, amount, NULL, NULL
  FROM place
  WHERE home_tried >= $min_bids AND away_tried >= $min_bids AND home_won >= home_tried * $home
    AND away_won <= away_tried * $away
  UNION ALL
  SELECT w.winner, '规模', w.tender_no, w.year, CASE WHEN f.staff IS NULL THEN 'no_staff' ELSE 'too_small' END,
    coalesce(w.tender_name, w.tender_no), NULL, NULL, NULL, NULL, w.price, f.staff, f.tax
  FROM won AS w
  LEFT JOIN firm AS f ON f.firm = w.winner
  WHERE w.price >= $m0 AND (f.staff IS NULL OR f.staff <= $staff)
)
SELECT
  n.firm, n.issue, n.subject,
  CAST(n.year AS VARCHAR) AS period,
  CASE WHEN n.reason IN ('no_bids', 'no_staff') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN n.reason IN ('no_bids', 'no_staff') THEN NULL ELSE 'yellow' END AS colour,
  CAST(CASE n.reason
    WHEN 'one_owner' THEN least(90, 40 + n.won * 3) WHEN 'home_only' THEN least(80, 40 + n.away_tried * 2)
    WHEN 'too_small' THEN 60
  END AS INTEGER) AS score,
  n.reason,
  FALSE AS explainable,
  coalesce(f.firm_name, n.firm) AS firm_name, n.subject_name, CAST(n.won AS BIGINT) AS won,
  CAST(n.tried AS BIGINT) AS tried, CAST(n.away_won AS BIGINT) AS away_won, CAST(n.away_tried AS BIGINT) AS away_tried,
  CAST(n.amount AS DECIMAL(18, 2)) AS amount, n.staff_count, n.tax
FROM found AS n
LEFT JOIN firm AS f ON f.firm = n.firm
