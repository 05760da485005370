#!/usr/bin/env python3
"""Zoo beside PyTorch: the same network, the same cells, in turns on the same machine.

Install:  pip install numpy torch
Use:      swift build -c release && python3 Benchmarks/compare_pytorch.py [--network lstm] [--rounds 3] [--threads 2]
          [--json out.json]

Each round measures a cell with `zoo bench` and with every variant of wadnet_torch.py or lstm_torch.py, one after another, so that what
disturbs one disturbs all; the table has the medians of the rounds. `compiled` and `compiled-mm` are torch.compile, which takes up to a
minute for each cell; --no-compile leaves it out. Denormal numbers are flushed on both sides.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile

import torch

import lstm_torch
import wadnet_torch


def zoo(executable, network, kind, length, batch, threads, seconds):
    """Trajectories a second and fraction of the processor's peak."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows.json")
        prefix = "" if kind == "inference" else "training-"
        subprocess.run([executable, "bench", "--model", network, "--kinds", kind, f"--{prefix}lengths", str(length), f"--{prefix}batches",
                        str(batch), "--threads", str(threads), "--seconds", str(seconds), "--json", path],
                       check=True, stdout=subprocess.DEVNULL)
        row = json.load(open(path))["rows"][0]
    return row["trajectories_per_second"], row["fraction_of_peak"]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--zoo", default=os.path.join(here, "..", ".build", "release", "zoo"))
    p.add_argument("--network", choices=["wadnet", "lstm"], default="wadnet")
    p.add_argument("--rounds", type=int, default=3)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--seconds", type=float, default=1.0, help="for each measurement")
    p.add_argument("--inference", default="20x512,100x512,300x512,950x512,20x32,100x32,300x32,950x32,20x1,100x1,300x1,950x1")
    p.add_argument("--training", default="20x512,100x512,300x512")
    p.add_argument("--no-compile", action="store_true")
    p.add_argument("--variants", help="by default all that run eagerly")
    p.add_argument("--json")
    a = p.parse_args()
    torch.set_flush_denormal(True)
    module = wadnet_torch if a.network == "wadnet" else lstm_torch
    eager = [name for name in module.VARIANTS if not name.startswith("compiled")]
    compiled = "compiled-mm" if a.network == "wadnet" else lstm_torch.COMPILED
    torch.set_num_threads(a.threads)
    options = argparse.Namespace(dimension=1, repeats=3, cell_seconds=a.seconds)
    rows = []
    print("| kind | length x batch | published | best PyTorch | variant | Zoo | over published | over best | of peak |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)
    for kind, cells in [("inference", a.inference), ("training", a.training)]:
        for cell in filter(None, cells.split(",")):
            length, batch = map(int, cell.split("x"))
            variants = a.variants.split(",") if a.variants else list(eager)
            if kind == "inference" and batch > 1 and not a.no_compile:
                variants.append(compiled)
            rates = {name: [] for name in variants + ["zoo"]}
            peaks = []
            for _ in range(a.rounds):
                rate, peak = zoo(a.zoo, a.network, kind, length, batch, a.threads, a.seconds)
                rates["zoo"].append(rate)
                peaks.append(peak)
                for name in variants:
                    try:
                        seconds = module.cell(name, kind, length, batch, options)[0]
                        rates[name].append(batch / seconds)
                    except Exception as error:  # a variant that does not build here is left out of this cell
                        print(f"<!-- {cell} {name}: {str(error)[:80]} -->")
            median = {name: statistics.median(values) for name, values in rates.items() if values}
            best = max((name for name in median if name != "zoo"), key=lambda name: median[name])
            row = dict(kind=kind, length=length, batch=batch, threads=a.threads, rates=median, best=best,
                       fraction_of_peak=statistics.median(peaks), all=rates)
            rows.append(row)
            print(f"| {kind} | {length} x {batch} | {median['published']:,.0f} | {median[best]:,.0f} | {best} | "
                  f"{median['zoo']:,.0f} | {median['zoo'] / median['published']:.1f} | {median['zoo'] / median[best]:.1f} | "
                  f"{row['fraction_of_peak']:.2f} |", flush=True)
            if a.json:
                json.dump(dict(torch=torch.__version__, rows=rows), open(a.json, "w"), indent=1)


if __name__ == "__main__":
    main()
