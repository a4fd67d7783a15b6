WITH tender AS (
  SELECT tender_no, min(open_date) AS open_date, max(tender_name) AS tender_name, count(*) AS bids,
    max(price) AS highest
  FROM bid
  GROUP BY tender_no
),
-- A name that many bidders share is the name of a program, and so is what a program writes of itself.
author AS (
  SELECT file_author, CAST(extract(year FROM open_date) AS BIGINT) AS year
  FROM bid
  WHERE file_author IS NOT NULL AND lower(file_author) NOT LIKE '%admin%' AND lower(file_author) NOT LIKE '%user%'
    AND lower(file_author) NOT LIKE '%microsoft%' AND lower(file_author) NOT LIKE '%office%'
    AND lower(file_author) NOT LIKE '%wps%' AND lower(file_author) NOT LIKE '%lenovo%'
    AND lower(file_author) NOT LIKE '%windows%' AND lower(file_author) NOT LIKE '%adobe%'
    AND lower(file_author) NOT LIKE '%apache%' AND lower(file_author) NOT LIKE '%aspose%'
    AND lower(file_author) NOT LIKE '%unknown%' AND lower(file_author) NOT IN ('hp', 'dell', 'pc', 'author', 'test')
    AND file_author NOT LIKE '%用户%' AND file_author NOT LIKE '%管理员%' AND file_author NOT LIKE '%微软%'
    AND file_author NOT LIKE '%软件%' AND file_author NOT LIKE '%工具%' AND file_author NOT LIKE '%系统%'
    AND file_author NOT LIKE '%平台%' AND file_author NOT LIKE '%投标%' AND file_author NOT LIKE '%招标%'
    AND file_author NOT LIKE '%作者%' AND file_author NOT LIKE '%联想%' AND file_author NOT LIKE '%番茄花园%'
    AND file_author NOT LIKE '%雨林木风%' AND file_author NOT LIKE '%深度%' AND file_author NOT LIKE '%广联达%'
    AND file_author NOT LIKE '%新点%' AND file_author NOT LIKE '%品茗%' AND file_author NOT LIKE '%金山%'
  GROUP BY file_author, CAST(extract(year FROM open_date) AS BIGINT)
  HAVING count(DISTINCT bidder) <= $author_firms
),
-- Wide enough for products of prices.
placed AS (
  SELECT tender_no, bidder, CAST(price AS DECIMAL(20, 2)) AS price,
    row_number() OVER (PARTITION BY tender_no ORDER BY price, bidder) AS i, count(*) OVER (PARTITION BY tender_no) AS n,
    CAST(lag(price) OVER (PARTITION BY tender_no ORDER BY price, bidder) AS DECIMAL(20, 2)) AS p1,
    CAST(lag(price, 2) OVER (PARTITION BY tender_no ORDER BY price, bidder) AS DECIMAL(20, 2)) AS p0
  FROM bid
  WHERE price IS NOT NULL
),
-- Three prices that follow each other evenly; where such threes follow each other, the series is longer.
evenly AS (
  SELECT tender_no, 'step' AS kind, i, n
  FROM placed
  WHERE 2 * abs(p0 + price - 2 * p1) <= $tolerance * (price - p0)
  UNION ALL
  SELECT tender_no, 'factor', i, n
  FROM placed
  WHERE 2 * abs(p0 * price - p1 * p1) <= $tolerance * p1 * (price - p0)
),
stretch AS (
  SELECT *, i - row_number() OVER (PARTITION BY tender_no, kind ORDER BY i) AS run FROM evenly
),
-- Three of many fall into line by chance now and then: a part of the bids must be longer than the whole.
series AS (
  SELECT tender_no, min(i) - 2 AS first_place, max(i) AS last_place
  FROM stretch
  GROUP BY tender_no, kind, run
  HAVING count(*) + 2 >= $part_series OR (count(*) + 2 >= $series AND count(*) + 2 = max(n))
),
serial AS (
  SELECT DISTINCT a.tender_no, a.bidder AS bidder_a, b.bidder AS bidder_b
  FROM series AS s
  JOIN placed AS a ON a.tender_no = s.tender_no AND a.i BETWEEN s.first_place AND s.last_place
  JOIN placed AS b ON b.tender_no = s.tender_no AND b.i BETWEEN s.first_place AND s.last_place AND b.bidder > a.bidder
),
-- What a platform writes where it knows no device or sees only the inside of a network says nothing.
logged AS (
  SELECT tender_no, open_date, bidder, bidder_name, price, file_hash, file_author, bond_account,
    CASE WHEN replace(replace(lower(mac), '-', ''), ':', '') NOT IN ('000000000000', 'ffffffffffff') THEN mac END
      AS mac,
    CASE
      WHEN ip NOT IN ('0.0.0.0', '::1') AND ip NOT LIKE '127.%' AND ip NOT LIKE '10.%' AND ip NOT LIKE '192.168.%'
        AND ip NOT LIKE '169.254.%'
        THEN ip
    END AS ip
  FROM bid
),
-- What many firms share is an agent's, and ties nobody.
shared AS (
  SELECT a.firm AS firm_a, b.firm AS firm_b, a.kind, a.from_date AS from_a, a.to_date AS to_a, b.from_date AS from_b,
    b.to_date AS to_b
  FROM firm_tie AS a
  JOIN firm_tie AS b ON b.kind = a.kind AND b.value = a.value AND b.firm > a.firm
  WHERE a.firms
    <= CASE a.kind WHEN 'person' THEN $person_firms WHEN 'phone' THEN $phone_firms ELSE $address_firms END
),
-- What two bidders shared on the day of the opening.
tied AS (
  SELECT a.tender_no, s.firm_a, s.firm_b, bool_or(s.kind = 'person') AS person, bool_or(s.kind = 'phone') AS phone,
    bool_or(s.kind = 'address') AS address
  FROM bid AS a
  JOIN bid AS b ON b.tender_no = a.tender_no AND b.bidder > a.bidder
  JOIN shared AS s ON s.firm_a = a.bidder AND s.firm_b = b.bidder
  WHERE coalesce(s.from_a, a.open_date) <= a.open_date AND coalesce(s.to_a, a.open_date) >= a.open_date
    AND coalesce(s.from_b, a.open_date) <= a.open_date AND coalesce(s.to_b, a.open_date) >= a.open_date
  GROUP BY a.tender_no, s.firm_a, s.firm_b
),
alike AS (
  SELECT tender_no, least(bidder_a, bidder_b) AS bidder_a, greatest(bidder_a, bidder_b) AS bidder_b,
    bool_or(similarity >= $s0 OR coalesce(common_typos, 0) >= $typos) AS alike
  FROM bid_similarity
  GROUP BY tender_no, least(bidder_a, bidder_b), greatest(bidder_a, bidder_b)
),
pair AS (
  SELECT a.tender_no, a.bidder AS bidder_a, b.bidder AS bidder_b, a.bidder_name AS name_a, b.bidder_name AS name_b,
    coalesce(a.mac = b.mac, FALSE) AS one_device, coalesce(a.ip = b.ip, FALSE) AS one_network,
    coalesce(a.bond_account = b.bond_account, FALSE) AS bond,
    coalesce(a.file_hash = b.file_hash, FALSE) OR coalesce(l.alike, FALSE) AS file,
    coalesce(a.file_author = b.file_author, FALSE) AND u.file_author IS NOT NULL AS one_author,
    coalesce(a.price = b.price, FALSE) AS one_price, s.tender_no IS NOT NULL AS in_series,
    p.firm_a IS NOT NULL AS relation, coalesce(p.person, FALSE) AS one_person, coalesce(p.phone, FALSE) AS one_phone,
    coalesce(p.address, FALSE) AS one_address,
    coalesce(f.group_name = g.group_name, FALSE) AS one_group,
    (a.mac IS NULL AND a.ip IS NULL AND a.file_hash IS NULL)
      OR (b.mac IS NULL AND b.ip IS NULL AND b.file_hash IS NULL) AS without_logs
  FROM logged AS a
  JOIN logged AS b ON b.tender_no = a.tender_no AND b.bidder > a.bidder
  LEFT JOIN alike AS l ON l.tender_no = a.tender_no AND l.bidder_a = a.bidder AND l.bidder_b = b.bidder
  LEFT JOIN author AS u ON u.file_author = a.file_author AND u.year = extract(year FROM a.open_date)
  LEFT JOIN serial AS s ON s.tender_no = a.tender_no AND s.bidder_a = a.bidder AND s.bidder_b = b.bidder
  LEFT JOIN firm AS f ON f.firm = a.bidder
  LEFT JOIN firm AS g ON g.firm = b.bidder
  LEFT JOIN tied AS p ON p.tender_no = a.tender_no AND p.firm_a = a.bidder AND p.firm_b = b.bidder
),
counted AS (
  SELECT *, CASE WHEN one_device OR one_network THEN 1 ELSE 0 END + CASE WHEN bond THEN 1 ELSE 0 END
    + CASE WHEN file OR one_author THEN 1 ELSE 0 END + CASE WHEN one_price OR in_series THEN 1 ELSE 0 END
    + CASE WHEN relation THEN 1 ELSE 0 END
    -- One building has one network and one address: that is one sign.
    - CASE WHEN one_network AND NOT one_device AND one_address AND NOT one_person AND NOT one_phone THEN 1 ELSE 0 END
    -- One computer writes one author: a print shop where both made their files leaves both traces.
    - CASE WHEN (one_device OR one_network) AND one_author AND NOT file THEN 1 ELSE 0 END AS found
  FROM pair
),
-- Firms of one published group may well share people and a network; one account, file or price they may not.
reasoned AS (
  SELECT *, CASE
    WHEN found >= $signs AND one_group AND NOT bond AND NOT file AND NOT one_author AND NOT one_price
      AND NOT in_series
      THEN 'group_firms'
    WHEN found >= $signs THEN 'collusion_signs'
    WHEN found = 1 AND without_logs THEN 'no_logs'
  END AS reason
  FROM counted
),
ranked AS (
  SELECT *,
    row_number() OVER (
      PARTITION BY tender_no
      ORDER BY CASE reason WHEN 'collusion_signs' THEN 1 WHEN 'group_firms' THEN 2 ELSE 3 END, found DESC, bidder_a,
        bidder_b
    ) AS place,
    sum(CASE WHEN found >= $signs THEN 1 ELSE 0 END) OVER (PARTITION BY tender_no) AS pairs
  FROM reasoned
  WHERE reason IS NOT NULL
)
SELECT
  r.tender_no,
  CAST(CAST(extract(year FROM t.open_date) AS BIGINT) AS VARCHAR) AS period,
  CASE WHEN r.reason = 'no_logs' THEN 'cannot_tell' ELSE 'flag' END AS result,
  CASE
    WHEN r.reason = 'group_firms' THEN 'blue'
    WHEN r.reason = 'collusion_signs' AND r.found >= $red THEN 'red'
    WHEN r.reason = 'collusion_signs' THEN 'yellow'
  END AS colour,
  CAST(CASE
    WHEN r.reason = 'collusion_signs' THEN least(100, r.found * 20 + least(20, r.pairs))
    WHEN r.reason = 'group_firms' THEN 10
  END AS INTEGER) AS score,
  CASE WHEN r.reason = 'collusion_signs' AND t.highest IS NULL THEN 'without_prices' ELSE r.reason END AS reason,
  r.reason = 'group_firms' AS explainable,
  coalesce(t.tender_name, r.tender_no) AS tender_name, t.open_date, r.bidder_a, r.bidder_b,
  coalesce(r.name_a, r.bidder_a) AS name_a, coalesce(r.name_b, r.bidder_b) AS name_b,
  CAST(t.bids AS BIGINT) AS bids, CAST(r.found AS BIGINT) AS found,
  concat_ws('、', CASE WHEN r.one_device THEN '同一设备' END, CASE WHEN r.one_network THEN '同一网络' END,
    CASE WHEN r.bond THEN '同一保证金账户' END,
    CASE WHEN r.file THEN '投标文件雷同' END, CASE WHEN r.one_author THEN '文件作者相同' END,
    CASE WHEN r.one_price THEN '报价相同' END,
    CASE WHEN r.in_series THEN '报价成数列' END,
    CASE WHEN r.one_person THEN '同一人员任职或持股' END, CASE WHEN r.one_phone THEN '登记同一电话' END,
    CASE WHEN r.one_address THEN '登记同一地址' END) AS found_text,
  CAST(r.pairs AS BIGINT) AS pairs, t.highest
FROM ranked AS r
JOIN tender AS t ON t.tender_no = r.tender_no
WHERE r.place = 1 AND (t.highest >= $min_price OR t.highest IS NULL)
