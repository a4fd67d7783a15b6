WITH won AS (
  SELECT a.tender_no, a.tender_name, a.winner, a.winner_name, a.price, a.award_date, f.founded, f.staff, f.tax,
    f.successor_of,
    (CAST(extract(year FROM a.award_date) AS BIGINT) - CAST(extract(year FROM f.founded) AS BIGINT)) * 12
      + CAST(extract(month FROM a.award_date) AS BIGINT) - CAST(extract(month FROM f.founded) AS BIGINT)
      -- Months end with the last day of a month that lacks the day (民法典202): 31 August and six months is 28 February.
      - CASE
          WHEN extract(day FROM a.award_date) < extract(day FROM f.founded)
            AND extract(day FROM a.award_date) < CASE
              WHEN extract(month FROM a.award_date) IN (4, 6, 9, 11) THEN 30
              WHEN extract(month FROM a.award_date) <> 2 THEN 31
              WHEN mod(CAST(extract(year FROM a.award_date) AS BIGINT), 4) = 0
                AND (mod(CAST(extract(year FROM a.award_date) AS BIGINT), 100) <> 0
                  OR mod(CAST(extract(year FROM a.award_date) AS BIGINT), 400) = 0) THEN 29
              ELSE 28
            END
            THEN 1
          ELSE 0
        END AS age_months
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
  SELECT tender_no, '新设', CASE
      WHEN founded IS NULL THEN 'no_founded'
      WHEN successor_of IS NOT NULL THEN 'spin_off'
      WHEN founded > award_date THEN 'not_founded'
      ELSE 'too_young'
    END, NULL, NULL
  FROM won
  WHERE price > $m0 AND (age_months < $a0 OR (founded IS NULL AND staff IS NOT NULL))
  UNION ALL
  SELECT tender_no, '空壳', CASE
      WHEN staff IS NULL AND founded IS NULL THEN 'unknown_firm'
      WHEN staff IS NULL THEN 'no_staff'
      WHEN successor_of IS NOT NULL AND age_months < $a0 THEN 'shell_spin_off'
      WHEN tax IS NULL THEN 'shell_no_tax'
      ELSE 'shell'
    END, NULL, NULL
  FROM won
  WHERE price > $m0 AND (staff <= $staff OR staff IS NULL)
)
SELECT
  n.tender_no, n.issue,
  CAST(CAST(extract(year FROM w.award_date) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN n.reason IN ('unknown_firm', 'no_founded', 'no_staff') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN n.reason IN ('unknown_firm', 'no_founded', 'no_staff') THEN NULL
    WHEN n.reason IN ('under_appeal', 'spin_off', 'shell_spin_off') THEN 'blue'
    WHEN n.reason = 'blacklisted' AND w.price >= $red_amount THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE n.reason
    WHEN 'blacklisted' THEN 90 WHEN 'shell' THEN 70 WHEN 'shell_no_tax' THEN 65 WHEN 'not_founded' THEN 65
    WHEN 'too_young' THEN 60 WHEN 'under_appeal' THEN 20 WHEN 'spin_off' THEN 10 WHEN 'shell_spin_off' THEN 10
  END AS INTEGER) AS score,
  n.reason,
  n.reason IN ('under_appeal', 'spin_off', 'shell_spin_off') AS explainable,
  coalesce(w.tender_name, w.tender_no) AS tender_name, w.winner, coalesce(w.winner_name, w.winner) AS winner_name,
  w.award_date, w.price, n.record, n.record_from, w.founded, w.age_months,
  w.staff AS staff_count, w.tax
FROM found AS n
JOIN won AS w ON w.tender_no = n.tender_no
