"""One Python peer: computes a case when it is told to.

Started by `compare` as `python run.py LIBRARY CASE DIRECTORY THREADS`. Copies the arrays described by DIRECTORY/arrays.json
into NumPy's own memory, where its users have theirs, prints the digest (the sum of all results), then answers every line, a
number of calls, with the seconds they took. Answers "none" in place of the digest if the library has no such case, or isn't
installed.
"""

import importlib
import json
import pathlib
import sys
import time


def arrays(directory):
    import numpy as np

    described = json.loads((directory / "arrays.json").read_text())
    return {
        array["name"]: np.array(
            np.memmap(directory / array["name"], dtype=array["dtype"], mode="r", shape=tuple(array["shape"]))
        )
        for array in described
    }


def main():
    library, case, directory, threads = sys.argv[1:]
    try:
        module = importlib.import_module(f"{library}_cases")
    except ModuleNotFoundError as error:
        print(f"{library} is left out: there is no module {error.name}", file=sys.stderr)
        print("none", flush=True)
        return
    module.set_threads(int(threads))
    make = module.CASES.get(case)
    if make is None:
        print("none", flush=True)
        return
    call = make(arrays(pathlib.Path(directory)))
    print(sum(float(result.sum()) for result in call()), flush=True)
    for line in sys.stdin:
        calls = int(line)
        start = time.perf_counter()
        for _ in range(calls):
            call()
        print(time.perf_counter() - start, flush=True)


main()
