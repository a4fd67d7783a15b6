"""综合指数: composite indices, and how sure their ranks are.

Read the tables (`reading.read_inputs`), declare steps (`config.read_config`, `chain.Step`) and run them
(`chain.run_steps`), or call each on its own (`denominate`, `screen`, `impute`, `treat`, `normalise`, `aggregate`).
Rank (`ranking.ranks`), vary the choices (`uncertainty`, `sensitivity`, `leave_one_out`), explain (`contributions`,
`profiles`, `correlations`, `reliability`). COINr 1.1.14's operations, right where it errs. Pure: no clock, no network,
no global randomness; equal inputs give equal bytes.
"""
