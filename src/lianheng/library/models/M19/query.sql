WITH own_unit AS (
  SELECT unit, unit AS buyer FROM officer
  UNION
  SELECT parent, unit FROM unit_tree
),
dealt AS (
  SELECT DISTINCT o.person_id, o.unit, c.contract_no, c.firm, c.amount, c.sign_date, r.kin_id, r.relation, b.role,
    concat(r.relation, '任', b.role, '（', CAST(b.from_date AS VARCHAR), '起）') AS link,
    coalesce(c.open_tender, FALSE) AND c.recusal_no IS NOT NULL AS recused
  FROM officer AS o
  JOIN kin_tie AS r ON r.person_id = o.person_id
  JOIN business AS b ON b.owner_id = r.kin_id
  JOIN own_unit AS u ON u.unit = o.unit
  JOIN unit_contract AS c ON c.firm = b.firm AND c.unit = u.buyer
  WHERE c.sign_date >= o.from_date AND c.sign_date <= coalesce(o.to_date, c.sign_date)
    AND c.sign_date >= b.from_date AND c.sign_date <= coalesce(b.to_date, c.sign_date)
    AND c.sign_date >= coalesce(r.from_date, c.sign_date) AND c.sign_date <= coalesce(r.to_date, c.sign_date)
),
-- A contract counts once, whatever number of relatives are in the firm.
once AS (
  SELECT person_id, firm, contract_no, max(unit) AS unit, max(amount) AS amount, max(sign_date) AS sign_date,
    max(relation) AS relation, max(role) AS role, min(kin_id) AS owner_id, bool_and(recused) AS recused
  FROM dealt
  GROUP BY person_id, firm, contract_no
),
-- Every way that leads from the official to the firm, each told once.
way AS (
  SELECT DISTINCT person_id, firm, CAST(extract(year FROM sign_date) AS BIGINT) AS year, link FROM dealt
),
ways AS (
  SELECT person_id, firm, year, string_agg(link, '、' ORDER BY link) AS chain FROM way GROUP BY person_id, firm, year
),
found AS (
  SELECT person_id, firm, CAST(extract(year FROM sign_date) AS BIGINT) AS year,
    CASE WHEN bool_and(recused) THEN 'tendered_recused' ELSE 'kin_contract' END AS reason, max(unit) AS unit,
    count(*) AS contracts, sum(amount) AS amount, max(relation) AS relation, max(role) AS role,
    min(owner_id) AS owner_id, min(sign_date) AS from_date, max(sign_date) AS to_date
  FROM once
  GROUP BY person_id, firm, CAST(extract(year FROM sign_date) AS BIGINT)
  UNION ALL
  SELECT '全部', c.firm, CAST(extract(year FROM c.sign_date) AS BIGINT), 'firm_unknown', NULL, count(*), sum(c.amount),
    NULL, NULL, NULL, min(c.sign_date), max(c.sign_date)
  FROM unit_contract AS c
  LEFT JOIN business AS b ON b.firm = c.firm
  WHERE b.firm IS NULL
  GROUP BY c.firm, CAST(extract(year FROM c.sign_date) AS BIGINT)
)
SELECT
  f.person_id, f.firm,
  CAST(f.year AS VARCHAR) AS period,
  CASE WHEN reason = 'firm_unknown' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason = 'firm_unknown' THEN NULL WHEN reason = 'tendered_recused' THEN 'blue'
    WHEN amount >= $red_amount THEN 'red' ELSE 'yellow'
  END AS colour,
  CAST(CASE reason WHEN 'kin_contract' THEN least(95, 60 + contracts * 5) WHEN 'tendered_recused' THEN 10 END AS INTEGER)
    AS score,
  reason,
  reason = 'tendered_recused' AS explainable,
  unit, CAST(contracts AS BIGINT) AS contracts, CAST(amount AS DECIMAL(18, 2)) AS amount, relation, role, w.chain,
  from_date, to_date, owner_id
FROM found AS f
LEFT JOIN ways AS w ON w.person_id = f.person_id AND w.firm = f.firm AND w.year = f.year
WHERE amount >= $min_amount
