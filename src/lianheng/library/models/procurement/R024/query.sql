WITH close AS (
  SELECT * FROM difference WHERE difference <= $lower_fence AND NOT isnan(difference)
),
-- The runner-up is who first offered the lowest other amount.
runner_up AS (
  SELECT close.p, any_value(close.ocid) AS ocid, arg_min(tenderer, b) AS tenderer
  FROM close JOIN contest ON contest.p = close.p AND amount = lowest_other AND tenderer <> close.winner
  WHERE currency = (SELECT currency FROM main_currency)
  GROUP BY close.p
)
SELECT p, 'OCID' AS grp, ocid AS id, difference AS value, NULL AS via FROM close
UNION ALL
SELECT p, 'Tenderer', winner, 0.0, ocid FROM close
UNION ALL
SELECT p, 'Tenderer', tenderer, 0.0, ocid FROM runner_up
