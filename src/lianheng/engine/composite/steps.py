"""How each declared step runs on a state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from .aggregate import aggregate_levels, levels_of, resolve_weights
from .chain import Outcome, State, Step, by_time
from .denominate import denominate
from .errors import CompositeError
from .frozen import read_rules
from .impute import Imputation, impute
from .impute_panel import METHODS as PANEL_METHODS
from .impute_panel import impute_panel
from .normalise import Normalisation, NormaliseSpec, apply_rules, normalise
from .screen import screen
from .tables import Table
from .treat import Treatment, TreatSpec, treat


def run_denominate(state: State, step: Step) -> Outcome:
    """Divide indicators by the denominators of the structure, or of the step."""
    pairs = step.parameters.get("denominators")
    names = set(pairs.values() if pairs else (element.denominator for element in state.framework)) - {""}
    columns = {name: state.inputs.denominator(name, state.table) for name in sorted(names)}
    factor = step.parameters.get("ScaleFactor", 1.0)
    done = denominate(state.table, columns, state.framework, pairs=pairs, scale_factor=factor)
    warnings = tuple(f"the denominator of {code} is 0 for {unit}: missing" for unit, code in done.zero_denominators)
    return Outcome(replace(state, table=done.table), warnings, done)


def run_screen(state: State, step: Step) -> Outcome:
    """Drop units with too little data; in a panel each unit-year on its own."""
    given = {("force" if key == "Force" else key): value for key, value in step.parameters.items()}
    done = screen(state.table, **given)
    if not done.table.units:
        raise CompositeError("screening leaves no unit; lower dat_thresh")
    warnings = (f"left out: {', '.join(done.removed)}",) if done.removed else ()
    return Outcome(replace(state, table=done.table), warnings, done)


def run_impute(state: State, step: Step) -> Outcome:
    """Fill gaps; in a panel per time, unless the method goes along time."""
    given = dict(step.parameters)
    if given.pop("disable", False):
        return Outcome(state, ("disabled",))
    method, max_time, group = given.pop("f_i", "mean"), given.pop("max_time", None), given.pop("use_group", None)
    if method in PANEL_METHODS:
        if given or group:
            raise CompositeError(f"imputing by {method} knows no {', '.join([*given, *([group] if group else [])])}")
        along = impute_panel(state.table, method=method, max_time=max_time)
        return Outcome(replace(state, table=along.table), (), along)
    if isinstance(method, str) and method.endswith("_grp") and not group:
        raise CompositeError(f"f_i = {method} needs use_group, the name of a group column")
    done: list[Imputation] = []

    def act(table: Table) -> Table:
        groups = state.inputs.group(group, table) if group else None
        done.append(impute(table, f_i=method, groups=groups, framework=state.framework, **given))
        return done[-1].table

    table = by_time(state.table, act)
    warnings = [warning for each in done for warning in each.warnings]
    left = int(np.isnan(table.values).sum())
    if left:
        warnings.append(f"{left} values are still missing")
    return Outcome(replace(state, table=table), tuple(warnings), done)


def run_treat(state: State, step: Step) -> Outcome:
    """Treat outliers; in a panel per time."""
    given = dict(step.parameters)
    disable, own = given.pop("disable", False), given.pop("indicators", None)
    spec = TreatSpec(**given)
    done: list[Treatment] = []

    def act(table: Table) -> Table:
        done.append(treat(table, spec, indicators=own, disable=disable))
        return done[-1].table

    table = by_time(state.table, act)
    notes = tuple(f"{record.code}: {record.note}" for each in done for record in each.records if record.note)
    return Outcome(replace(state, table=table), () if disable else notes, done)


def normalise_spec(fields: dict[str, Any]) -> NormaliseSpec:
    """Return the specification of checked parameters (`range` = l, u; `T` = target)."""
    renamed = {"T": "target", "use_iMeta": "use_imeta"}
    given = {renamed.get(key, key): value for key, value in fields.items() if key != "range"}
    if "range" in fields:
        given["l"], given["u"] = fields["range"]
    return NormaliseSpec(**given)


def run_normalise(state: State, step: Step) -> Outcome:
    """Normalise; in a panel over all times together unless `global = false`."""
    given = dict(step.parameters)
    own = {code: normalise_spec(fields) for code, fields in given.pop("indicators", {}).items()}
    whole, frozen = given.pop("global", True), given.pop("frozen", None)
    if frozen is not None:
        if given or own:
            raise CompositeError("normalise with frozen rules takes no other parameter")
        path = step.folder / frozen if step.folder else frozen
        rules = read_rules(path, state.table.codes)
        return Outcome(replace(state, table=apply_rules(state.table, rules), rules=rules))
    spec = normalise_spec(given)
    done: list[Normalisation] = []

    def act(table: Table) -> Table:
        done.append(normalise(table, state.framework, spec, indicators=own))
        return done[-1].table

    table = act(state.table) if whole else by_time(state.table, act)
    warnings = tuple(warning for each in done for warning in each.warnings)
    fitted = done[0].rules if len(done) == 1 else None
    return Outcome(replace(state, table=table, rules=fitted), warnings, done)


def run_weight(state: State, step: Step) -> Outcome:
    """Set the weights that `aggregate` uses."""
    from .weight_step import find_weights

    weights, warnings, record = find_weights(state, step)
    return Outcome(replace(state, weights=weights), tuple(warnings), record)


def run_aggregate(state: State, step: Step) -> Outcome:
    """Aggregate up to the index."""
    given = step.parameters
    levels = levels_of(
        state.framework, given.get("method", "arithmetic"), given.get("p"), given.get("min_available", 0.0)
    )
    weights = aggregate_weights(state, step)
    pairwise = any(level.mean() is None for level in levels)

    def act(table: Table) -> Table:
        return aggregate_levels(table, state.framework, levels, weights)

    # Copeland and own functions look at all units at once; in a panel, those of one time.
    table = by_time(state.table, act) if pairwise else act(state.table)
    missing = int(np.isnan(table.column(state.framework.top)).sum())
    warnings = (f"{missing} units have no {state.framework.top}",) if missing else ()
    return Outcome(replace(state, table=table, weights=weights), warnings)


def aggregate_weights(state: State, step: Step) -> dict[str, float]:
    """Return the weights of an aggregate step: its own, else those of a weight step, else the structure's."""
    return resolve_weights(state.framework, step.parameters.get("weights", state.weights))


RUN: dict[str, Callable[[State, Step], Outcome]] = {
    "denominate": run_denominate,
    "screen": run_screen,
    "impute": run_impute,
    "treat": run_treat,
    "normalise": run_normalise,
    "weight": run_weight,
    "aggregate": run_aggregate,
}
