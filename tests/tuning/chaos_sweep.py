"""A sweep in a process of its own, to be killed: `python -m tests.tuning.chaos_sweep OVERRIDES...`.

All is real but the training, which sleeps and answers the same every time.
"""

import sys
import time
from contextlib import closing

from hpo_exp.tuning.lock import only_coordinator
from hpo_exp.tuning.trial import FoldResult, FoldTask
from hpo_exp.tuning.worker_pool import ProcessExecutor
from hpo_exp.tuning.workspace import Workspace
from tests.tuning.bench import Analytic, Bench, valley
from tests.tuning.composing import configured

FOLD_SECONDS = 0.25


def slow_valley(_: Workspace, task: FoldTask) -> FoldResult:
    """Take as long as a short fold."""
    time.sleep(FOLD_SECONDS)
    return FoldResult(task, valley(task), epochs=3, seconds=FOLD_SECONDS)


def main(overrides: list[str]) -> None:
    config = configured(*overrides)
    bench = Bench(config)
    with (
        only_coordinator(config),
        closing(ProcessExecutor(bench.workspace, config.executor, slow_valley)) as executor,
    ):
        bench.sweep(Analytic(), executor=executor)


if __name__ == "__main__":
    # The workers find what to run by its module's name, which is not that of a script.
    from tests.tuning.chaos_sweep import main as found

    found(sys.argv[1:])
