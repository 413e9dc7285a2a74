"""HiGHS, as this program uses it: a mixed-integer problem in, the best answer and its bound out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """``values`` is None when nothing feasible was found; ``bound`` holds for every answer."""

    values: Floats | None
    objective: float
    bound: float
    proved: bool


def solve_mixed(
    *,
    cost: Floats,
    integer: int,
    rows: NDArray[np.integer],
    columns: NDArray[np.integer],
    values: Floats,
    row_lower: Floats,
    row_upper: Floats,
    maximise: bool,
    start: Floats | None,
    time_limit_s: float,
    upper: Floats | None = None,
    stop: Callable[[], bool] | None = None,
    step: float = 0.0,
) -> Solution:
    """Optimise ``cost · x`` for 0 ≤ x ≤ ``upper`` (default 1); the first ``integer`` are 0 or 1.

    ``rows``, ``columns``, ``values`` are the matrix's entries. ``start`` is a feasible answer to
    begin from. ``step``: two objectives differ by at least this (1 for whole households), so
    that a bound nearer than it proves the best; the gap asked for is 0 otherwise.
    """
    matrix = coo_matrix((values, (rows, columns)), (len(row_lower), len(cost))).tocsc()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(cost), len(row_lower)
    model.col_cost_ = cost
    model.col_lower_ = np.zeros(len(cost))
    model.col_upper_ = np.ones(len(cost)) if upper is None else upper
    model.row_lower_, model.row_upper_ = row_lower, row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    model.sense_ = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
    kinds = [highspy.HighsVarType.kInteger] * integer
    model.integrality_ = kinds + [highspy.HighsVarType.kContinuous] * (len(cost) - integer)

    highs = highspy.Highs()
    highs.silent()
    highs.setOptionValue("time_limit", float(time_limit_s))
    highs.setOptionValue("mip_rel_gap", 0.0)
    highs.setOptionValue("mip_abs_gap", max(1e-9, step * (1.0 - 1e-6)))
    # The relaxations of covering problems are degenerate: the simplex method takes twice as long.
    highs.setOptionValue("mip_lp_solver", "ipm")
    highs.setOptionValue("threads", 1)  # the same answer on every machine, and other work goes on
    highs.passModel(model)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start.tolist()
        highs.setSolution(solution)
    if stop is not None:
        _stop_when(highs, stop)
    highs.run()
    info = highs.getInfo()
    proved = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    feasible = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    found = np.array(highs.getSolution().col_value) if feasible else None
    bound = info.mip_dual_bound if integer else info.objective_function_value
    return Solution(found, float(info.objective_function_value), float(bound), proved)


def _stop_when(highs: Any, stop: Callable[[], bool]) -> None:
    def ask(event: Any) -> None:
        if stop():
            event.interrupt()

    highs.cbMipInterrupt += ask
    highs.cbIpmInterrupt += ask
    highs.cbSimplexInterrupt += ask
