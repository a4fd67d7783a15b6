WITH won AS (
  SELECT a.tender_no, a.tender_name, a.winner, a.winner_name, a.price, a.award_date, f.founded, f.staff, f.tax,
    f.successor_of,
    (CAST(extract(year FROM a.award_date) AS BIGINT) - CAST(extract(year FROM f.founded) AS BIGINT)) * 12
      + CAST(extract(month FROM a.award_date) AS BIGINT) - CAST(extract(month FROM f.founded) AS BIGINT)
      - CASE WHEN extract(day FROM a.award_date) < extract(day FROM f.founded) THEN 1 ELSE 0 END AS age_months
  FROM award AS a
  LEFT JOIN firm AS f ON f.firm = a.winner
),
listed AS (
  SELECT w.tender_no, c.record, c.from_date AS record_from, c.appeal_no
  FROM won AS w
  JOIN credit_record AS c ON c.firm = w.winner AND c.from_date <= w.award_date
    AND coalesce(c.to_date, w.award_date) >= w.award_date
  WHERE w.price >= $min_amount
  -- A record that nobody disputes goes before one that is under appeal.
  QUALIFY row_number() OVER (
    PARTITION BY w.tender_no
    ORDER BY CASE WHEN c.appeal_no IS NULL THEN 0 ELSE 1 END, c.from_date, c.record
  ) = 1
),
found AS (
  SELECT tender_no, '失信' AS issue, CASE WHEN appeal_no IS NULL THEN 'blacklisted' ELSE 'under_appeal' END AS reason,
    record, record_from
  FROM listed
  UNION ALL
  SELECT tender_no, '新设', CASE WHEN successor_of IS NULL THEN 'too_young' ELSE 'spin_off' END, NULL, NULL
  FROM won
  WHERE price > $m0 AND age_months < $a0
  UNION ALL
  SELECT tender_no, '空壳', CASE WHEN staff IS NULL THEN 'unknown_firm' ELSE 'shell' END, NULL, NULL
  FROM won
  WHERE price > $m0 AND (staff <= $staff OR (staff IS NULL AND founded IS NULL))
)
SELECT
  n.tender_no, n.issue,
  CAST(CAST(extract(year FROM w.award_date) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN n.reason = 'unknown_firm' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN n.reason = 'unknown_firm' THEN NULL
    WHEN n.reason IN ('under_appeal', 'spin_off') THEN 'blue'
    WHEN n.reason = 'blacklisted' THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE n.reason
    WHEN 'blacklisted' THEN 90 WHEN 'shell' THEN 70 WHEN 'too_young' THEN 60 WHEN 'under_appeal' THEN 20
    WHEN 'spin_off' THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason IN ('under_appeal', 'spin_off') AS explainable,
  w.tender_name, w.winner, w.winner_name, w.award_date, w.price, n.record, n.record_from, w.founded, w.age_months,
  w.staff AS staff_count, w.tax
FROM found AS n
JOIN won AS w ON w.tender_no = n.tender_no
