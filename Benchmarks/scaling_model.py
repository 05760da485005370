"""A model of one training step that ranks share, checked against `zoo bench` and stated for clusters.

    mpirun -n 2 zoo bench --json two.json        # and so on; the constants below are from such runs
    python3 Benchmarks/scaling_model.py

A rank has one thread here. Ranks with T threads behave like T of these, and exchange less: read ranks x threads.
"""

import argparse
from math import ceil, log2

GRADIENTS = 0.77e6  # bytes: WADNet's 192,000 parameters in 32 bits
SMALLEST_SHARD = 8  # trajectories
STATISTICS = 2 * 32 * 8  # bytes of a shard at the wall, there and back


def shards(batch, wanted):
    """As `TrainingPlan.shards`: as many as wanted, or a divisor of that."""
    most = max(1, min(wanted, batch // SMALLEST_SHARD))
    return max(count for count in range(1, most + 1) if wanted % count == 0)


def exchange(ranks, count, latency, bandwidth):
    """Seconds in exchanges: shards' slices to those who add them, sums to all, statistics twice, losses, the end."""
    if ranks == 1:
        return 0.0
    others = (ranks - 1) / ranks
    own = ceil(count / ranks)
    slices = own * GRADIENTS * others / bandwidth + (ranks - 1) * latency
    sums = GRADIENTS * others / bandwidth + (ranks - 1) * latency
    statistics = 2 * (STATISTICS * count * others / bandwidth + log2(ranks) * latency)
    return slices + sums + statistics + 2 * log2(ranks) * latency


def step(ranks, batch, wanted, trajectory, fixed, latency, bandwidth):
    """Shards in the batch, and seconds of computing and exchanging on the rank with most to do."""
    count = shards(batch, wanted)
    own = ceil(count / min(ranks, count))
    return count, own * batch / count * trajectory + fixed, exchange(ranks, count, latency, bandwidth)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trajectory", type=float, required=True, help="seconds of one thread for one trajectory")
    parser.add_argument("--fixed", type=float, required=True, help="seconds of a step that all ranks spend")
    parser.add_argument("--latency", type=float, default=2e-6, help="seconds of a message")
    parser.add_argument("--bandwidth", type=float, default=1e9, help="bytes a second of one rank")
    parser.add_argument("--batches", type=int, nargs="+", default=[512, 4096])
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 8, 16, 32, 64, 128, 256, 512])
    given = parser.parse_args()
    for batch in given.batches:
        print(f"\n| ranks | shards | computing ms | exchanging ms | trajectories/s | efficiency |  batch {batch}")
        print("|---|---|---|---|---|---|")
        _, alone, _ = step(1, batch, 8, given.trajectory, given.fixed, given.latency, given.bandwidth)
        for ranks in given.ranks:
            count, computing, exchanging = step(
                ranks, batch, max(8, ranks), given.trajectory, given.fixed, given.latency, given.bandwidth)
            speed = batch / (computing + exchanging)
            print(
                f"| {ranks} | {count} | {computing * 1e3:.2f} | {exchanging * 1e3:.2f} | {speed:,.0f} "
                f"| {speed * alone / batch / ranks:.2f} |")


main()
