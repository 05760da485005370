"""Reads what `zoo export` wrote with h5py and safetensors, and predicts with it in PyTorch.

check_exports.py [--tensors-only] CHECKPOINT STATE_DICT.h5 STATE_DICT.safetensors [ORIGINAL.safetensors]
The checkpoint's stored run is what PyTorch's outputs are compared with. `--length` exports fit as well.
"""
import sys
from pathlib import Path

import h5py
import numpy as np
from safetensors.numpy import load_file

tensors_only = "--tensors-only" in sys.argv
paths = [a for a in sys.argv[1:] if a != "--tensors-only"]
checkpoint, hdf5, safetensors = paths[:3]
with h5py.File(checkpoint) as f:
    stored = {k: v[()] for k, v in f["state_dict"].items()}
    probe = {k: f["probe"][k][()] for k in ("input", "output", "features")}
with h5py.File(hdf5) as f:
    first = {k: v[()] for k, v in f["state_dict"].items()}
second = load_file(safetensors)
originals = [load_file(p) for p in paths[3:]]
assert set(first) == set(second), set(first) ^ set(second)
for key, value in first.items():
    assert value.dtype == second[key].dtype and np.array_equal(value, second[key]), key
    assert np.array_equal(value.astype(np.float32), stored[key]), key
    for original in originals:
        assert np.array_equal(value.astype(np.float32), original[key].astype(np.float32)), key
print(len(first), "tensors agree")

if tensors_only:
    sys.exit(0)

import torch
from torch import nn


def reference():
    """The WADNet of the parity files' own script, where that lies beside the checkout."""
    script = Path(__file__).resolve().parents[4] / "shared/parity/make_parity.py"
    if not script.exists():
        return None
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(script.parent))
    from make_parity import WADNet
    return WADNet


class Encoder(nn.Module):
    def __init__(self, dim, filters, depth, hidden, layers):
        super().__init__()
        def gated():
            return nn.ModuleList([nn.Conv1d(filters, filters, 3, padding=2 ** k, dilation=2 ** k) for k in range(depth)])
        self.conv1d_0 = nn.Conv1d(dim, filters, 3, padding=1)
        self.conv1d_tanh = gated()
        self.conv1d_sigm = gated()
        self.conv1d_1 = nn.Conv1d(filters, filters, 1)
        self.post = nn.Sequential(nn.BatchNorm1d(filters))
        self.lstm = nn.LSTM(filters, hidden, layers, batch_first=True)

    def forward(self, x):
        x = self.conv1d_0(x)
        total = x
        for tanh, sigm in zip(self.conv1d_tanh, self.conv1d_sigm):
            x = self.conv1d_1(torch.tanh(tanh(x)) * torch.sigmoid(sigm(x)))
            total = total + x
        return self.lstm(self.post(total).transpose(1, 2))[0][:, -1]


class WADNet(nn.Module):
    def __init__(self, dim, outputs, filters, depth, hidden, layers):
        super().__init__()
        self.wave_lstm_1 = Encoder(dim, filters, depth, hidden, layers)
        self.fc = nn.Sequential(nn.Dropout(0.0), nn.Linear(hidden, outputs))

    def forward(self, x):
        return self.fc(self.wave_lstm_1(x))


weights = {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in second.items()}
filters, dim, _ = second["wave_lstm_1.conv1d_0.weight"].shape
outputs, hidden = second["fc.1.weight"].shape
depth = sum(k.startswith("wave_lstm_1.conv1d_tanh.") and k.endswith(".weight") for k in second)
layers = sum(k.startswith("wave_lstm_1.lstm.weight_ih_l") for k in second)
Network = reference() or WADNet
model = Network(dim, outputs, filters, depth, hidden, layers)
model.load_state_dict(weights, strict=True)
model.eval()
with torch.no_grad():
    found = model(torch.from_numpy(probe["input"]).transpose(1, 2))
found = (found[0] if isinstance(found, tuple) else found).numpy()
error = float(np.abs(found - probe["output"]).max())
print(f"predictions of PyTorch's WADNet ({Network.__module__}) differ by {error:.2g}")
assert error < 1e-5, error
