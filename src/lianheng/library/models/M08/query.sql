-- What is granted ahead has not been paid yet: a spell ends today at the latest.
WITH spells AS (
  SELECT b.benefit_no, b.person_id, b.village, b.scheme, b.from_date, least(coalesce(b.to_date, $today), $today) AS to_date,
    b.amount, b.paid_grade, p.person_id IS NOT NULL AS registered, p.birth_date, p.disability_grade, p.grade_from,
    p.household, p.moved_out_on, p.detained_from, p.detained_to, s.min_age, s.max_age, s.detention_stops, s.resident_only,
    coalesce(CAST(extract(year FROM p.birth_date) AS BIGINT) + s.min_age - $age_slack, 1900) AS min_year,
    coalesce(CAST(extract(year FROM p.birth_date) AS BIGINT) + s.max_age + 1 + $age_slack, 9999) AS max_year,
    coalesce(strftime(p.birth_date, '-%m-%d'), '-01-01') AS birthday
  FROM benefit AS b
  JOIN scheme AS s ON s.scheme = b.scheme
  LEFT JOIN person AS p ON p.person_id = b.person_id
  WHERE b.amount >= $min_amount AND b.from_date <= $today
),
-- The days on which the lowest age is reached and the highest is past; who was born on a 29th of February is a year
-- older on the 1st of March of other years. Where there is no such age, the days lie out of reach.
aged AS (
  SELECT *,
    CAST(concat(CAST(min_year AS VARCHAR), CASE WHEN birthday = '-02-29'
      AND (mod(min_year, 4) <> 0 OR (mod(min_year, 100) = 0 AND mod(min_year, 400) <> 0)) THEN '-03-01' ELSE birthday END)
      AS DATE) AS old_enough,
    CAST(concat(CAST(max_year AS VARCHAR), CASE WHEN birthday = '-02-29'
      AND (mod(max_year, 4) <> 0 OR (mod(max_year, 100) = 0 AND mod(max_year, 400) <> 0)) THEN '-03-01' ELSE birthday END)
      AS DATE) AS too_old
  FROM spells
),
-- `known_on` is the day from which a grace runs; without it, it runs from `since`.
mismatches AS (
  SELECT benefit_no, person_id, scheme, amount, '享受时年龄不到' AS state, from_date AS since,
    least(to_date, old_enough) AS until, from_date AS known_on
  FROM aged
  WHERE from_date < old_enough
  UNION ALL
  SELECT benefit_no, person_id, scheme, amount, '超过最高年龄', greatest(from_date, too_old), to_date, too_old
  FROM aged
  WHERE to_date > too_old
  UNION ALL
  SELECT benefit_no, person_id, scheme, amount, '有项目规定应当停发的情形（由司法局核对）',
    greatest(from_date, detained_from), least(to_date, coalesce(detained_to, to_date)), detained_from
  FROM spells
  WHERE detention_stops AND detained_from IS NOT NULL
  UNION ALL
  SELECT benefit_no, person_id, scheme, amount, '登记的残疾等级轻于发放等级', greatest(from_date, grade_from), to_date,
    grade_from
  FROM spells
  WHERE disability_grade > paid_grade AND grade_from IS NOT NULL
  UNION ALL
  SELECT benefit_no, person_id, scheme, amount, '户口已迁出', greatest(from_date, moved_out_on), to_date, moved_out_on
  FROM spells
  WHERE resident_only AND household = '迁出' AND moved_out_on IS NOT NULL
),
-- Several spells of one state are one state: a day counts once, and spells that follow each other are joined.
joined AS (
  SELECT *, max(until) OVER (PARTITION BY person_id, scheme, state ORDER BY since, until, benefit_no
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
  FROM mismatches
  WHERE since < until
),
lasting AS (
  SELECT person_id, scheme, state,
    sum(greatest(0, date_diff('day', CASE WHEN date_diff('day', covered, since) <= 1 THEN covered ELSE since END, until)))
      AS days, max(date_diff('day', known_on, until)) AS days_known
  FROM joined
  GROUP BY person_id, scheme, state
),
states AS (
  SELECT person_id, scheme, state
  FROM lasting
  WHERE days > 0 AND (state <> '有项目规定应当停发的情形（由司法局核对）' OR days >= $min_detention)
    AND (state <> '登记的残疾等级轻于发放等级' OR days_known > $grade_grace)
    AND (state <> '户口已迁出' OR days_known > $moved_grace)
),
-- And a day on which two states hold is one day as well.
counted AS (
  SELECT m.person_id, m.scheme, m.amount, m.state, m.since, m.until, m.benefit_no,
    max(m.until) OVER (PARTITION BY m.person_id, m.scheme ORDER BY m.since, m.until, m.benefit_no, m.state
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
  FROM joined AS m
  JOIN states AS s ON s.person_id = m.person_id AND s.scheme = m.scheme AND s.state = m.state
),
measured AS (
  SELECT person_id, scheme, amount, since,
    greatest(0, date_diff('day', CASE WHEN date_diff('day', covered, since) <= 1 THEN covered ELSE since END, until)) AS days
  FROM counted
),
sums AS (
  SELECT person_id, scheme, min(since) AS since, sum(days) AS days, sum(ratio(amount * days, 30, 2)) AS amount
  FROM measured
  GROUP BY person_id, scheme
),
first_days AS (
  SELECT person_id, scheme, state, min(since) AS since FROM counted GROUP BY person_id, scheme, state
),
state_texts AS (
  SELECT person_id, scheme, string_agg(state, '；' ORDER BY since, state) AS state, count(*) AS states
  FROM first_days
  GROUP BY person_id, scheme
),
-- Why a holder cannot be judged, the gravest gap first.
gaps AS (
  SELECT person_id, scheme, CASE
    WHEN NOT registered AND (min_age IS NOT NULL OR max_age IS NOT NULL OR detention_stops OR resident_only
      OR paid_grade IS NOT NULL) THEN '1not_registered'
    WHEN NOT registered THEN NULL
    WHEN birth_date IS NULL AND (min_age IS NOT NULL OR max_age IS NOT NULL) THEN '2no_birth_date'
    WHEN paid_grade IS NOT NULL AND disability_grade IS NULL THEN '3no_grade'
    WHEN disability_grade > paid_grade AND grade_from IS NULL THEN '4no_grade_date'
    WHEN resident_only AND household = '迁出' AND moved_out_on IS NULL THEN '5no_move_date'
  END AS gap
  FROM spells
),
unknown AS (
  SELECT g.person_id, g.scheme, min(g.gap) AS gap
  FROM gaps AS g
  WHERE g.gap IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM sums AS f WHERE f.person_id = g.person_id AND f.scheme = g.scheme)
  GROUP BY g.person_id, g.scheme
),
reasoned AS (
  SELECT f.person_id, f.scheme, t.state, t.states, f.since, f.days, f.amount, 'mismatch' AS reason
  FROM sums AS f
  JOIN state_texts AS t ON t.person_id = f.person_id AND t.scheme = f.scheme
  UNION ALL
  SELECT person_id, scheme, NULL, 0, NULL, NULL, NULL, substring(gap, 2, 20) FROM unknown
),
holders AS (
  SELECT person_id, scheme, min(village) AS village, min(from_date) AS from_date, min(birth_date) AS birth_date,
    min(paid_grade) AS paid_grade, max(disability_grade) AS disability_grade
  FROM spells
  GROUP BY person_id, scheme
)
SELECT
  r.person_id, r.scheme,
  CAST(extract(year FROM coalesce(r.since, h.from_date)) AS VARCHAR) AS period,
  CASE WHEN r.reason = 'mismatch' THEN 'flag' ELSE 'cannot_tell' END AS result,
  CASE WHEN r.reason <> 'mismatch' THEN NULL WHEN r.days >= $red_days THEN 'red' ELSE 'yellow' END
    AS colour,
  CAST(CASE WHEN r.reason = 'mismatch' THEN least(100, 25 + 15 * r.states + floor(ratio(r.days, 30, 0))) END AS INTEGER)
    AS score,
  r.reason,
  FALSE AS explainable,
  h.village, r.state, r.states, r.since, CAST(r.days AS BIGINT) AS days, CAST(r.amount AS DECIMAL(14, 2)) AS amount,
  h.birth_date, h.from_date, h.paid_grade, h.disability_grade
FROM reasoned AS r
JOIN holders AS h ON h.person_id = r.person_id AND h.scheme = r.scheme
