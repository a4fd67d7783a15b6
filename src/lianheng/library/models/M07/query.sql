WITH
-- Most accounts never have but one person: find the others before anything dear is counted, and before years are told
-- apart, which makes many groups of few.
crowded AS (
  SELECT account FROM payment GROUP BY account HAVING min(person_id) <> max(person_id)
),
by_account AS (
  SELECT p.account, CAST(extract(year FROM p.pay_date) AS BIGINT) AS year, min(p.village) AS village,
    count(DISTINCT p.person_id) AS persons, count(DISTINCT p.household_id) AS households,
    bool_or(p.household_id IS NULL) AS unknown, count(DISTINCT p.period) AS months, sum(p.amount) AS amount
  FROM payment AS p
  JOIN crowded AS c ON c.account = p.account
  WHERE NOT EXISTS (SELECT 1 FROM institution_account AS i
    WHERE i.account = p.account AND p.pay_date >= i.from_date AND (i.to_date IS NULL OR p.pay_date <= i.to_date))
  GROUP BY p.account, CAST(extract(year FROM p.pay_date) AS BIGINT)
  HAVING min(p.person_id) <> max(p.person_id)
),
-- A month of bank failure stands alone: who shares in June every year, or in December and January, has no such month.
-- (The first year is told when the second comes: a year depends on nothing after it.)
with_last_year AS (
  SELECT *,
    CASE WHEN lag(year) OVER (PARTITION BY account ORDER BY year) = year - 1
      THEN lag(months) OVER (PARTITION BY account ORDER BY year) ELSE 0 END AS months_before
  FROM by_account
),
shared AS (
  SELECT account, '-' AS agent_id, year, village, persons, households, months, amount,
    CAST(0 AS DECIMAL(14, 2)) AS other_amount, CAST(NULL AS VARCHAR) AS post,
    CASE WHEN households <= 1 AND unknown THEN 'household_unknown'
      WHEN months + months_before >= $min_months THEN 'shared_account'
      WHEN persons >= $red_persons THEN 'one_month_many' ELSE 'one_month' END AS reason
  FROM with_last_year
  WHERE persons >= $min_persons AND amount >= $min_amount AND (households > 1 OR unknown)
),
village_officers AS (
  SELECT person_id, from_date, coalesce(to_date, DATE '9999-12-31') AS to_date, post FROM officer WHERE village IS NOT NULL
),
by_agents AS (
  SELECT person_id, household_id, village, period, amount, pay_date, agent_id,
    CAST(extract(year FROM pay_date) AS BIGINT) AS year
  FROM payment
  WHERE agent_id IS NOT NULL AND agent_id <> person_id
),
-- An officer as agent is asked about whether listed or not; every payment counts once. Who else collects for the
-- own household is a parent rather than a proxy; without a household on the payment, the one that lists both.
judged AS (
  SELECT a.agent_id, a.year, a.village, a.person_id, a.household_id, a.period, a.amount,
    (SELECT min(o.post) FROM village_officers AS o
      WHERE o.person_id = a.agent_id AND a.pay_date BETWEEN o.from_date AND o.to_date) AS post,
    EXISTS (SELECT 1 FROM proxy AS x
      WHERE x.person_id = a.person_id AND x.agent_id = a.agent_id AND x.approved
        AND a.pay_date BETWEEN x.from_date AND coalesce(x.to_date, a.pay_date)) AS listed,
    EXISTS (SELECT 1 FROM household AS h
      WHERE h.person_id = a.agent_id AND h.household_id = a.household_id
        AND a.pay_date BETWEEN coalesce(h.from_date, a.pay_date) AND coalesce(h.to_date, a.pay_date)) OR (
      a.household_id IS NULL AND EXISTS (SELECT 1 FROM household AS h JOIN household AS k ON k.household_id = h.household_id
        WHERE h.person_id = a.agent_id AND k.person_id = a.person_id
          AND a.pay_date BETWEEN coalesce(h.from_date, a.pay_date) AND coalesce(h.to_date, a.pay_date)
          AND a.pay_date BETWEEN coalesce(k.from_date, a.pay_date) AND coalesce(k.to_date, a.pay_date))) AS family
  FROM by_agents AS a
),
parts AS (
  SELECT *, CASE WHEN post IS NOT NULL THEN 'officer' WHEN listed THEN 'none' WHEN family THEN 'family' ELSE 'unlisted' END
    AS part
  FROM judged
),
-- As an officer counts only what was collected in office. What was collected in office and is too little for that is
-- still unlisted, where it is.
by_part AS (
  SELECT agent_id, year,
    coalesce(sum(CASE WHEN part = 'officer' THEN amount END), 0) AS officer_amount,
    coalesce(sum(CASE WHEN part IN ('officer', 'unlisted') AND NOT listed THEN amount END), 0) AS unlisted_amount,
    coalesce(sum(CASE WHEN part = 'unlisted' THEN amount END), 0) AS later_amount
  FROM parts
  GROUP BY agent_id, year
),
named AS (
  SELECT agent_id, year, later_amount, CASE WHEN officer_amount >= $min_amount THEN 'officer'
    WHEN unlisted_amount >= $min_amount THEN 'unlisted' ELSE 'family' END AS asked
  FROM by_part
),
agents AS (
  SELECT '-' AS account, p.agent_id, p.year, min(p.village) AS village, count(DISTINCT p.person_id) AS persons,
    count(DISTINCT p.household_id) AS households, count(DISTINCT p.period) AS months, sum(p.amount) AS amount,
    CASE WHEN n.asked = 'officer' THEN max(n.later_amount) ELSE 0 END AS other_amount,
    CASE WHEN n.asked = 'officer' THEN max(p.post) END AS post,
    CASE WHEN n.asked = 'family' THEN 'family_agent' WHEN n.asked = 'unlisted' THEN 'unlisted_agent'
      WHEN max(n.later_amount) > 0 THEN 'officer_agent_more' ELSE 'officer_agent' END AS reason
  FROM parts AS p
  JOIN named AS n ON n.agent_id = p.agent_id AND n.year = p.year
  WHERE p.part = n.asked OR (n.asked = 'unlisted' AND p.part = 'officer' AND NOT p.listed)
  GROUP BY p.agent_id, p.year, n.asked
  HAVING sum(p.amount) >= $min_amount
),
found AS (
  SELECT account, agent_id, year, village, persons, households, months, amount, other_amount, post, reason FROM shared
  UNION ALL
  SELECT account, agent_id, year, village, persons, households, months, amount, other_amount, post, reason FROM agents
)
SELECT
  account, agent_id,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'household_unknown' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason = 'household_unknown' THEN NULL WHEN reason IN ('one_month', 'family_agent') THEN 'blue'
    WHEN reason IN ('officer_agent', 'officer_agent_more') OR (reason = 'shared_account' AND persons >= $red_persons) THEN 'red'
    ELSE 'yellow' END AS colour,
  CAST(CASE replace(reason, '_more', '') WHEN 'officer_agent' THEN least(100, 70 + persons * 2 + floor(ratio(amount, 2000, 0)))
    WHEN 'shared_account' THEN least(95, 40 + persons * 3 + floor(ratio(amount, 2000, 0)))
    WHEN 'unlisted_agent' THEN least(90, 35 + persons * 3 + floor(ratio(amount, 2000, 0)))
    WHEN 'one_month_many' THEN least(60, 30 + persons) WHEN 'one_month' THEN 10 WHEN 'family_agent' THEN 5 END AS INTEGER) AS score,
  reason,
  reason IN ('one_month', 'family_agent') AS explainable,
  village, persons, households, months, CAST(amount AS DECIMAL(14, 2)) AS amount,
  CAST(other_amount AS DECIMAL(14, 2)) AS other_amount, post
FROM found
