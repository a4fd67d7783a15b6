WITH own_unit AS (
  SELECT unit, unit AS buyer, 0 AS below FROM officer
  UNION
  SELECT parent, unit, 1 FROM unit_tree
  UNION
  SELECT a.parent, b.unit, 2 FROM unit_tree AS a JOIN unit_tree AS b ON b.parent = a.unit
  UNION
  SELECT a.parent, c.unit, 3
  FROM unit_tree AS a
  JOIN unit_tree AS b ON b.parent = a.unit
  JOIN unit_tree AS c ON c.parent = b.unit
),
-- Leading posts by their names: a clerk (书记员), a rank (主任科员) and a doctor (主任医师) lead nothing.
leader AS (
  SELECT DISTINCT post
  FROM (SELECT post, replace(replace(replace(post, '书记员', ''), '主任科员', ''), '班主任', '') AS named FROM officer)
    AS posts
  WHERE named NOT LIKE '%助理%' AND named NOT LIKE '%秘书' AND named NOT LIKE '原%' AND named NOT LIKE '%副科长%'
    AND (named LIKE '%书记%' OR named LIKE '%主任' OR named LIKE '%主任、%' OR named LIKE '%主任（%' OR named LIKE '%主任兼%'
      OR named LIKE '%局长%' OR named LIKE '%处长%' OR named LIKE '%科长%' OR named LIKE '%镇长%' OR named LIKE '%乡长%'
      OR named LIKE '%县长%' OR named LIKE '%市长%' OR named LIKE '%区长%' OR named LIKE '%州长%' OR named LIKE '%厅长%'
      OR named LIKE '%部长%' OR named LIKE '%院长%' OR named LIKE '%校长%' OR named LIKE '%所长%' OR named LIKE '%检察长%'
      OR named LIKE '%秘书长%' OR named LIKE '%董事长%' OR named LIKE '%纪检%组长%' OR named IN ('负责人', '主要负责人'))
),
dealt AS (
  SELECT DISTINCT o.person_id, o.unit, u.buyer, u.below, o.post, l.post IS NOT NULL AS leads, c.contract_no, c.firm,
    c.amount, c.sign_date, r.kin_id, r.relation, b.role,
    concat(r.relation, '任', b.role, '（', CAST(b.from_date AS VARCHAR), '起）') AS link,
    coalesce(c.open_tender, FALSE) AND c.recusal_no IS NOT NULL AS recused
  FROM officer AS o
  JOIN kin_tie AS r ON r.person_id = o.person_id
  JOIN business AS b ON b.owner_id = r.kin_id
  JOIN own_unit AS u ON u.unit = o.unit
  JOIN unit_contract AS c ON c.firm = b.firm AND c.unit = u.buyer
  LEFT JOIN leader AS l ON l.post = o.post
  WHERE c.sign_date >= o.from_date AND c.sign_date <= coalesce(o.to_date, c.sign_date)
    AND c.sign_date >= b.from_date AND c.sign_date <= coalesce(b.to_date, c.sign_date)
    AND c.sign_date >= coalesce(r.from_date, c.sign_date) AND c.sign_date <= coalesce(r.to_date, c.sign_date)
),
-- A contract counts once, whatever number of relatives are in the firm.
once AS (
  SELECT person_id, firm, contract_no, max(amount) AS amount, max(sign_date) AS sign_date,
    bool_and(recused) AS recused, bool_or(leads) AS leads
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
-- Every unit of the official that the firm dealt with, or dealt below; one stands for them in the evidence.
own AS (
  SELECT DISTINCT person_id, firm, CAST(extract(year FROM sign_date) AS BIGINT) AS year, unit FROM dealt
),
owns AS (
  SELECT person_id, firm, year, string_agg(unit, '、' ORDER BY unit) AS units FROM own GROUP BY person_id, firm, year
),
-- One relative stands for all in the evidence; unit, relation, role and post are those of this one way.
shown AS (
  SELECT person_id, firm, CAST(extract(year FROM sign_date) AS BIGINT) AS year, kin_id, relation, role, unit, post,
    buyer, CASE WHEN below > 1 THEN buyer END AS deeper
  FROM dealt
  QUALIFY row_number() OVER (
    PARTITION BY person_id, firm, CAST(extract(year FROM sign_date) AS BIGINT)
    ORDER BY recused, CASE WHEN leads THEN 0 ELSE 1 END, kin_id, unit, below, buyer, post, role, contract_no
  ) = 1
),
found AS (
  SELECT person_id, firm, CAST(extract(year FROM sign_date) AS BIGINT) AS year,
    CASE WHEN bool_and(recused) THEN 'tendered_recused' ELSE 'kin_contract' END AS reason,
    count(*) AS contracts, sum(amount) AS amount, sum(CASE WHEN recused THEN 0 ELSE 1 END) AS open_contracts,
    sum(CASE WHEN recused THEN 0 ELSE amount END) AS open_amount,
    sum(CASE WHEN leads AND NOT recused THEN amount ELSE 0 END) AS led_amount, min(sign_date) AS from_date,
    max(sign_date) AS to_date
  FROM once
  GROUP BY person_id, firm, CAST(extract(year FROM sign_date) AS BIGINT)
  UNION ALL
  SELECT '全部', c.firm, CAST(extract(year FROM c.sign_date) AS BIGINT), 'firm_unknown', count(*), sum(c.amount),
    count(*), sum(c.amount), 0, min(c.sign_date), max(c.sign_date)
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
    WHEN open_amount >= $red_amount OR led_amount >= $red_leading THEN 'red' ELSE 'yellow'
  END AS colour,
  CAST(CASE reason WHEN 'kin_contract' THEN least(95, 60 + open_contracts * 5) WHEN 'tendered_recused' THEN 10 END
    AS INTEGER) AS score,
  reason,
  reason = 'tendered_recused' AS explainable,
  s.unit, s.post, o.units, s.buyer, s.deeper, CAST(contracts AS BIGINT) AS contracts,
  CAST(amount AS DECIMAL(18, 2)) AS amount,
  CAST(open_contracts AS BIGINT) AS open_contracts, CAST(open_amount AS DECIMAL(18, 2)) AS open_amount, s.relation,
  s.role, w.chain, from_date, to_date, s.kin_id AS owner_id
FROM found AS f
LEFT JOIN ways AS w ON w.person_id = f.person_id AND w.firm = f.firm AND w.year = f.year
LEFT JOIN owns AS o ON o.person_id = f.person_id AND o.firm = f.firm AND o.year = f.year
LEFT JOIN shown AS s ON s.person_id = f.person_id AND s.firm = f.firm AND s.year = f.year
WHERE amount >= $min_amount
