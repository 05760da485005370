"""PyTorch's throughput on the plain LSTM, in the ways of writing it; used by compare_pytorch.py --network lstm."""
import torch
import torch.nn as nn

from wadnet_torch import call_of, timed

VARIANTS = ["published", "time-first"]
COMPILED = "compiled"


class PlainLSTM(nn.Module):
    """`published`: (batch, time, channel), as most code has it; `time-first`: (time, batch, channel) inside."""

    def __init__(self, dimension, time_first, outputs=1):
        super().__init__()
        self.time_first = time_first
        self.lstm = nn.LSTM(dimension, 64, 3, batch_first=not time_first)
        self.head = nn.Linear(64, outputs)

    def forward(self, x):
        if self.time_first:
            return self.head(self.lstm(x.transpose(0, 1).contiguous())[0][-1])
        return self.head(self.lstm(x)[0][:, -1])


def cell(name, mode, length, batch, options):
    """As wadnet_torch.cell: (wall seconds, CPU seconds, spread, samples) of one call."""
    torch.manual_seed(0)
    net = PlainLSTM(options.dimension, time_first=name != "published")
    x = torch.randn(batch, length, options.dimension).cumsum(1)
    x = (x - x.mean(1, keepdim=True)) / x.std(1, unbiased=False, keepdim=True)
    y = torch.rand(batch, 1) * 2
    net.train(mode == "training")
    f = torch.compile(net, dynamic=False) if name == COMPILED else net
    call = call_of(f, net, x, y, mode == "training")
    return timed(call, options.repeats, options.cell_seconds)
