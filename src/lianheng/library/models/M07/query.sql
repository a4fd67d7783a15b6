WITH institutions AS (
  SELECT account, min(from_date) AS from_date, max(coalesce(to_date, DATE '9999-12-31')) AS to_date
  FROM institution_account
  GROUP BY account
),
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
  LEFT JOIN institutions AS i ON i.account = p.account AND p.pay_date BETWEEN i.from_date AND i.to_date
  WHERE i.account IS NULL
  GROUP BY p.account, CAST(extract(year FROM p.pay_date) AS BIGINT)
  HAVING min(p.person_id) <> max(p.person_id)
),
shared AS (
  SELECT account, '-' AS agent_id, year, village, persons, households, months, amount, CAST(NULL AS VARCHAR) AS post,
    CASE WHEN households <= 1 AND unknown THEN 'household_unknown' WHEN months < $min_months THEN 'one_month'
      ELSE 'shared_account' END AS reason
  FROM by_account
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
-- An officer as agent is asked about whether listed or not; every payment counts once.
judged AS (
  SELECT a.agent_id, a.year, a.village, a.person_id, a.household_id, a.period, a.amount,
    (SELECT min(o.post) FROM village_officers AS o
      WHERE o.person_id = a.agent_id AND a.pay_date BETWEEN o.from_date AND o.to_date) AS post,
    EXISTS (SELECT 1 FROM proxy AS x
      WHERE x.person_id = a.person_id AND x.agent_id = a.agent_id AND x.approved
        AND a.pay_date BETWEEN x.from_date AND coalesce(x.to_date, a.pay_date)) AS listed
  FROM by_agents AS a
),
agents AS (
  SELECT '-' AS account, agent_id, year, min(village) AS village, count(DISTINCT person_id) AS persons,
    count(DISTINCT household_id) AS households, count(DISTINCT period) AS months, sum(amount) AS amount,
    max(post) AS post, CASE WHEN max(post) IS NULL THEN 'unlisted_agent' ELSE 'officer_agent' END AS reason
  FROM judged
  WHERE post IS NOT NULL OR NOT listed
  GROUP BY agent_id, year
  HAVING sum(amount) >= $min_amount
),
found AS (
  SELECT account, agent_id, year, village, persons, households, months, amount, post, reason FROM shared
  UNION ALL
  SELECT account, agent_id, year, village, persons, households, months, amount, post, reason FROM agents
)
SELECT
  account, agent_id,
  CAST(year AS VARCHAR) AS period,
  CASE WHEN reason = 'household_unknown' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE WHEN reason = 'household_unknown' THEN NULL WHEN reason = 'one_month' THEN 'blue'
    WHEN reason = 'officer_agent' OR (reason = 'shared_account' AND persons >= $red_persons) THEN 'red'
    ELSE 'yellow' END AS colour,
  CAST(CASE reason WHEN 'officer_agent' THEN least(100, 70 + persons * 2 + floor(ratio(amount, 2000, 0)))
    WHEN 'shared_account' THEN least(95, 40 + persons * 3 + floor(ratio(amount, 2000, 0)))
    WHEN 'unlisted_agent' THEN least(90, 35 + persons * 3 + floor(ratio(amount, 2000, 0)))
    WHEN 'one_month' THEN 10 END AS INTEGER) AS score,
  reason,
  reason = 'one_month' AS explainable,
  village, persons, households, months, CAST(amount AS DECIMAL(14, 2)) AS amount, post
FROM found
