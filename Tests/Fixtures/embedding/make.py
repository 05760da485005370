"""Reference values for the embedding's tests: trustworthiness (k = 15) of umap-learn on clusters made by a formula,
and its fits of the distance curve.

Run in an environment with umap-learn and scikit-learn; prints the JSON of umap.json. The points are those of
ClusterPoints.swift, bit for bit: SplitMix64 from a seed, sums of four uniform numbers for noise.
"""
import json, sys, time
import numpy as np

MASK = (1 << 64) - 1

class SplitMix64:
    def __init__(self, seed): self.state = seed
    def unit(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 11) * 2.0 ** -53
    def noise(self):
        return ((self.unit() + self.unit()) + self.unit()) + self.unit() - 2.0

def clusters(count, dimension, number, inner, seed):
    """Point i belongs to cluster i % number: a centre in -10...10, and noise along `inner` directions (0: all axes)."""
    random = SplitMix64(seed)
    centres = [[20 * random.unit() - 10 for _ in range(dimension)] for _ in range(number)]
    directions = [[[random.noise() for _ in range(dimension)] for _ in range(inner)] for _ in range(number)]
    rows = []
    for i in range(count):
        c = i % number
        if inner == 0:
            rows.append([centres[c][d] + random.noise() for d in range(dimension)])
        else:
            weights = [2 * random.unit() - 1 for _ in range(inner)]
            row = list(centres[c])
            for k in range(inner):
                for d in range(dimension): row[d] = row[d] + weights[k] * directions[c][k][d]
            rows.append(row)
    return np.array(rows, dtype=np.float32)

CASES = {"isotropic": (1000, 16, 8, 0, 11), "sheets": (1000, 16, 8, 2, 12), "volumes": (1000, 16, 5, 3, 13)}

if __name__ == "__main__":
    import umap
    from sklearn.manifold import trustworthiness
    from umap.umap_ import find_ab_params
    out = {"trustworthiness": {}, "curves": []}
    for name, args in CASES.items():
        x = clusters(*args)
        values = []
        for seed in range(3):
            y = umap.UMAP(n_neighbors=15, random_state=seed, n_jobs=1).fit_transform(x)
            values.append(float(trustworthiness(x, y, n_neighbors=15)))
        out["trustworthiness"][name] = {
            "count": args[0], "dimension": args[1], "clusters": args[2], "inner": args[3], "seed": args[4],
            "sum": float(x.astype(np.float64).sum()), "values": values}
    for d, s in [(0.0, 1.0), (0.1, 1.0), (0.5, 1.0), (0.1, 2.0), (0.99, 1.0)]:
        a, b = find_ab_params(s, d)
        out["curves"].append({"minimum_distance": d, "spread": s, "a": float(a), "b": float(b)})
    # A projection that is wrong in part, for the measure itself.
    x = clusters(200, 4, 2, 0, 14)
    out["measure"] = {"first_two_axes": {str(k): float(trustworthiness(x, x[:, :2], n_neighbors=k)) for k in (5, 15, 50)}}
    json.dump(out, sys.stdout, indent=2)
    print()
