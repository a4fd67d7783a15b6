-- A reversed invoice counts by what is left. Numbers of any length are counted as decimals; as texts of one length
-- the smallest text is the smallest number, and its own form stands behind it.
WITH kept AS (
  SELECT i.unit, i.unit_name, i.seller, i.seller_name, i.invoice_no, i.item, i.invoice_date, i.settlement_no,
    i.for_canteen, CAST(i.amount + coalesce(r.back, 0) AS DECIMAL(18, 2)) AS amount,
    CAST(i.invoice_no AS DECIMAL(20, 0)) AS number,
    concat(right(concat('00000000000000000000', i.invoice_no), 20), i.invoice_no) AS ordered
  FROM invoice AS i
  LEFT JOIN (
    SELECT unit, seller, cancels, sum(amount) AS back
    FROM invoice
    WHERE amount < 0 AND cancels IS NOT NULL
    GROUP BY unit, seller, cancels
  ) AS r ON r.unit = i.unit AND r.seller = i.seller AND r.cancels = i.invoice_no
  WHERE i.amount > 0 AND i.amount + coalesce(r.back, 0) > 0
),
-- A run ends where a number is left out, or a long time has passed: numbers years apart are no series.
stepped AS (
  SELECT *, CASE
      WHEN number - lag(number) OVER (PARTITION BY unit, seller ORDER BY number, invoice_no, invoice_date) <= 1
        AND abs(date_diff('day', lag(invoice_date) OVER (
          PARTITION BY unit, seller ORDER BY number, invoice_no, invoice_date
        ), invoice_date)) <= $days
        THEN 0
      ELSE 1
    END AS starts
  FROM kept
),
numbered AS (
  SELECT *, sum(starts) OVER (
      PARTITION BY unit, seller ORDER BY number, invoice_no, invoice_date
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS run
  FROM stepped
),
runs AS (
  SELECT unit, seller, run, max(unit_name) AS unit_name, max(seller_name) AS seller_name,
    substring(min(ordered), 21) AS from_no, substring(max(ordered), 21) AS to_no, count(DISTINCT number) AS pieces,
    sum(amount) AS amount, min(invoice_date) AS from_day, max(invoice_date) AS to_day,
    bool_and(settlement_no IS NOT NULL OR coalesce(for_canteen, FALSE)) AS settled
  FROM numbered
  GROUP BY unit, seller, run
  HAVING count(DISTINCT number) >= $consecutive AND sum(amount) >= $min_amount
),
under AS (
  SELECT unit, seller, invoice_date AS day, max(unit_name) AS unit_name, max(seller_name) AS seller_name,
    substring(min(ordered), 21) AS from_no, substring(max(ordered), 21) AS to_no, count(*) AS pieces,
    sum(amount) AS amount, bool_and(coalesce(for_canteen, FALSE)) AS for_canteen
  FROM kept
  WHERE amount >= $approval * $near AND amount < $approval AND settlement_no IS NULL
  GROUP BY unit, seller, invoice_date
  HAVING count(*) >= $same_day
),
-- Furniture, glasses and signs are neither tobacco nor spirits.
things AS (
  SELECT *, replace(replace(replace(replace(replace(replace(replace(item, '红酒柜', ''), '酒柜', ''), '红酒杯', ''),
    '酒杯', ''), '禁止烟酒', ''), '烟酒宣传', ''), '水井坊博物馆', '') AS thing
  FROM kept
  WHERE amount >= $min_amount
),
-- Names of spirits stand apart, so that no other word is cut out of 白酒精品 or 饮料酒水.
named AS (
  SELECT *, replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(thing, '酒水', '/酒/水'),
    '烟酒', '/烟酒/'), '白酒', '/白酒/'), '红酒', '/红酒/'), '黄酒', '/黄酒/'), '啤酒', '/啤酒/'), '葡萄酒', '/葡萄酒/'),
    '洋酒', '/洋酒/'), '习酒', '/习酒/'), '茅台酒', '/茅台酒/') AS name
  FROM things
),
-- Words with 烟 or 酒 in them that are neither; what is left of 白酒、料酒 is still 白酒.
worded AS (
  SELECT *, replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(name,
    '料酒', ''), '碘酒', ''), '酒精', ''), '酒店', ''), '酒楼', ''), '酒家', ''), '酒驾', ''), '醉酒', ''), '酒泉', ''),
    '烟感', ''), '烟雾', ''), '烟台', ''), '烟花', ''), '烟道', ''), '烟囱', ''), '烟尘', ''), '烟气', ''), '油烟', ''),
    '排烟', ''), '防烟', ''), '禁烟', ''), '控烟', ''), '戒烟', ''), '无烟', ''), '茅台镇', ''), '茅台机场', '') AS words
  FROM named
),
goods AS (
  SELECT *, words LIKE '%香烟%' OR words LIKE '%卷烟%' OR words LIKE '%烟酒%' OR words LIKE '%白酒%'
    OR words LIKE '%红酒%' OR words LIKE '%黄酒%' OR words LIKE '%啤酒%' OR words LIKE '%葡萄酒%' OR words LIKE '%洋酒%'
    OR words LIKE '%茅台%' OR words LIKE '%五粮液%' OR words LIKE '%国窖%' OR words LIKE '%剑南春%'
    OR words LIKE '%水井坊%' OR words LIKE '%芙蓉王%' OR words LIKE '%软中华%' OR words LIKE '%硬中华%'
    OR words LIKE '%中华（软%' OR words LIKE '%中华（硬%' OR words LIKE '%中华(软%' OR words LIKE '%中华(硬%' AS plain
  FROM worded
),
tobacco AS (
  SELECT * FROM goods WHERE plain OR words LIKE '%烟%' OR words LIKE '%酒%'
),
-- Meals by the name of the service; beds, halls, dishes and tests of fumes are none.
eaten AS (
  SELECT *, strftime(invoice_date, '%Y-%m') AS month, CAST(extract(year FROM invoice_date) AS BIGINT) AS year
  FROM kept
  WHERE (item LIKE '%餐费' OR item LIKE '%餐费（%' OR item LIKE '%餐饮费' OR item LIKE '%餐饮服务' OR item LIKE '%餐饮服务费'
      OR item LIKE '*餐饮服务*%' OR item LIKE '%用餐' OR item LIKE '%用餐费' OR item LIKE '%就餐' OR item LIKE '%就餐费'
      OR item LIKE '%宴请' OR item LIKE '%宴请费' OR item = '餐饮')
    AND item NOT LIKE '%工作餐%' AND item NOT LIKE '%误餐%' AND item NOT LIKE '%会议%' AND item NOT LIKE '%培训%'
    AND item NOT LIKE '%加班%' AND item NOT LIKE '%食堂%' AND item NOT LIKE '%学生%'
    AND settlement_no IS NULL AND NOT coalesce(for_canteen, FALSE)
),
-- The first year for which a unit has registered any reception.
registers AS (
  SELECT unit, min(CAST(extract(year FROM reception_date) AS BIGINT)) AS first_year FROM reception GROUP BY unit
),
-- A letter stands in the reception: a month's meals before which the unit has registered none have no letter.
unreceived AS (
  SELECT i.unit, i.seller, i.month, i.year, coalesce(max(g.first_year) <= i.year, FALSE) AS known,
    max(i.unit_name) AS unit_name, max(i.seller_name) AS seller_name, substring(min(i.ordered), 21) AS from_no,
    substring(max(i.ordered), 21) AS to_no, count(*) AS pieces, sum(i.amount) AS amount,
    min(i.invoice_date) AS from_day, max(i.invoice_date) AS to_day, max(i.item) AS item
  FROM eaten AS i
  LEFT JOIN registers AS g ON g.unit = i.unit
  WHERE NOT EXISTS (
    SELECT 1 FROM reception AS r
    WHERE r.unit = i.unit AND date_diff('day', r.reception_date, i.invoice_date) BETWEEN -1 AND $meal_days
  )
  GROUP BY i.unit, i.seller, i.month, i.year
  HAVING sum(i.amount) >= $min_amount
),
meals AS (
  SELECT *, CASE WHEN heads <= $base_heads THEN $base_companions ELSE CAST(floor(ratio(heads, part, 4)) AS BIGINT) END
    AS allowed
  FROM (SELECT *, $part AS part FROM reception WHERE amount >= $min_amount) AS priced
),
found AS (
  SELECT unit, '连号' AS issue, concat(seller, '-', from_no) AS subject, from_day AS day,
    CASE WHEN settled THEN 'settled_monthly' ELSE 'consecutive_numbers' END AS reason, unit_name, seller, seller_name,
    from_no, to_no, from_day, to_day, pieces, amount, CAST(NULL AS VARCHAR) AS item, CAST(NULL AS BIGINT) AS heads,
    CAST(NULL AS BIGINT) AS companions, CAST(NULL AS BIGINT) AS allowed
  FROM runs
  UNION ALL
  SELECT unit, '限额', concat(seller, '-', from_no), day,
    CASE WHEN for_canteen THEN 'canteen_split' ELSE 'under_approval' END, unit_name, seller, seller_name, from_no,
    to_no, day, day, pieces, amount, NULL, NULL, NULL, NULL
  FROM under
  UNION ALL
  SELECT unit, '烟酒', concat(seller, '-', invoice_no), invoice_date, CASE
      WHEN for_canteen THEN 'canteen_goods'
      WHEN plain AND amount >= $red_amount THEN 'tobacco_alcohol'
      ELSE 'tobacco_words'
    END, unit_name, seller, seller_name, invoice_no, invoice_no, invoice_date, invoice_date, 1, amount, item,
    NULL, NULL, NULL
  FROM tobacco
  UNION ALL
  SELECT unit, '餐费', concat(seller, '-', month), from_day, 'no_reception', unit_name, seller, seller_name, from_no,
    to_no, from_day, to_day, pieces, amount, item, NULL, NULL, NULL
  FROM unreceived
  WHERE known
  UNION ALL
  SELECT unit, '餐费', '全部', min(from_day), 'no_register', max(unit_name), NULL, NULL, NULL, NULL, min(from_day),
    max(to_day), sum(pieces), sum(amount), NULL, NULL, NULL, NULL
  FROM unreceived
  WHERE NOT known
  GROUP BY unit, year
  UNION ALL
  SELECT unit, '公函', reception_no, reception_date, 'no_letter', unit_name, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    amount, NULL, heads, companions, allowed
  FROM meals
  WHERE letter_no IS NULL
  UNION ALL
  SELECT unit, '陪餐', reception_no, reception_date,
    CASE WHEN heads IS NULL OR companions IS NULL THEN 'no_heads' ELSE 'too_many_companions' END, unit_name, NULL, NULL,
    NULL, NULL, NULL, NULL, NULL, amount, NULL, heads, companions, allowed
  FROM meals
  WHERE heads IS NULL OR companions IS NULL OR companions > allowed
)
SELECT
  unit, issue, subject,
  CAST(CAST(extract(year FROM day) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN reason IN ('no_heads', 'no_register') THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN reason IN ('no_heads', 'no_register') THEN NULL
    WHEN reason IN ('settled_monthly', 'canteen_goods', 'canteen_split') THEN 'blue'
    WHEN reason = 'tobacco_alcohol' THEN 'red'
    ELSE 'yellow'
  END AS colour,
  CAST(CASE reason
    WHEN 'tobacco_alcohol' THEN 70 WHEN 'tobacco_words' THEN 45 WHEN 'under_approval' THEN least(90, 50 + pieces * 5)
    WHEN 'consecutive_numbers' THEN least(80, 40 + pieces * 3) WHEN 'no_letter' THEN 50 WHEN 'no_reception' THEN 40
    WHEN 'too_many_companions' THEN least(70, 30 + (companions - allowed) * 4)
    WHEN 'settled_monthly' THEN 10 WHEN 'canteen_goods' THEN 10 WHEN 'canteen_split' THEN 10
  END AS INTEGER) AS score,
  reason,
  reason IN ('settled_monthly', 'canteen_goods', 'canteen_split') AS explainable,
  unit_name, seller, coalesce(seller_name, seller) AS seller_name, day, from_no, to_no, from_day, to_day,
  CAST(pieces AS BIGINT) AS pieces,
  CAST(amount AS DECIMAL(18, 2)) AS amount, item, heads, companions, allowed, $approval AS limit_amount
FROM found
