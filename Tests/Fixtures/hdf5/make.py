"""Writes the files of this folder with h5py: what other programs leave in HDF5 files."""

import os

import h5py
import numpy as np

folder = os.path.dirname(os.path.abspath(__file__))


def fixed(strings, size, padding):
    """An array of fixed-length strings with a given padding, which NumPy types can't express."""
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(size)
    kind.set_strpad(padding)
    fill = b" " if padding == h5py.h5t.STR_SPACEPAD else b"\0"
    raw = np.array([s.encode().ljust(size, fill) for s in strings], dtype=f"S{size}")
    return kind, raw


with h5py.File(os.path.join(folder, "foreign.h5"), "w") as f:
    # As Keras 2 writes weights.
    f.attrs["backend"] = "tensorflow"
    f.attrs["keras_version"] = np.bytes_("2.9.0")
    f.attrs["layer_names"] = np.array([b"conv1d", b"dropout", b"dense_1"])
    f.attrs["nothing"] = h5py.Empty("f")
    f.attrs["flag"] = True
    f.attrs["big_endian"] = np.array([1, -2, 3], dtype=">i2")
    f.attrs["grid"] = np.arange(6, dtype="f8").reshape(2, 3) / 2
    f.attrs["greeting"] = "grüße, 世界"
    for name in ("conv1d", "dropout", "dense_1"):
        f.create_group(name)
    f["dropout"].attrs["weight_names"] = np.array([])
    f["conv1d"].attrs["weight_names"] = np.array([b"conv1d/kernel:0", b"conv1d/bias:0"])
    f["conv1d/conv1d/kernel:0"] = np.arange(24, dtype="f4").reshape(3, 2, 4) / 8
    f["conv1d/conv1d/bias:0"] = np.array([0.5, -0.25, 1e-3, 70000], dtype="f4")

    numbers = f.create_group("numbers")
    numbers["float16"] = np.array([1.5, -2, 65504, np.inf], dtype="f2")
    numbers["big_endian"] = np.array([1.5, -2, 3.25], dtype=">f4")
    numbers["booleans"] = np.array([True, False, True])
    numbers["uint16"] = np.array([0, 65535], dtype="u2")
    numbers["uint64"] = np.array([2**64 - 1], dtype="u8")
    numbers["scalar"] = np.float64(2.5)
    numbers["empty"] = np.zeros((0, 3), dtype="f4")
    numbers["nothing"] = h5py.Empty("f4")
    numbers["fortran"] = np.asfortranarray(np.arange(6, dtype="i4").reshape(2, 3))
    numbers.create_dataset(
        "filtered", data=np.sin(np.arange(1000, dtype="f8")).reshape(100, 10), chunks=(16, 10), compression="gzip",
        compression_opts=4, shuffle=True, fletcher32=True)
    numbers.create_dataset("unwritten", shape=(4,), dtype="f4", fillvalue=7)

    strings = f.create_group("strings")
    strings.create_dataset("variable", data=["a", "", "grüße"], dtype=h5py.string_dtype())
    strings["fixed"] = np.array([b"one", b"three", b""])
    strings.create_dataset("table", data=[["a", "b"], ["c", "d"]], dtype=h5py.string_dtype())
    strings["scalar"] = "alone"
    for label, padding in (("spaces", h5py.h5t.STR_SPACEPAD), ("terminated", h5py.h5t.STR_NULLTERM)):
        kind, raw = fixed(["ab ", "a"], 5, padding)
        space = h5py.h5s.create_simple((2,))
        dataset = h5py.h5d.create(strings.id, label.encode(), kind, space)
        dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, raw, kind)

    other = f.create_group("other")
    other["compound"] = np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")])
    other["opaque"] = np.array([b"\x01\x02"], dtype="V2")
    other["references"] = np.array([f["numbers"].ref], dtype=h5py.ref_dtype)
    other["nowhere"] = h5py.SoftLink("/does/not/exist")
    other["outside"] = h5py.ExternalLink("missing.h5", "/x")
    other["link"] = h5py.SoftLink("/numbers/scalar")
    other["type"] = np.dtype("f4")

with h5py.File(os.path.join(folder, "userblock.h5"), "w", userblock_size=512) as f:
    f["x"] = np.arange(3, dtype="i4")
with open(os.path.join(folder, "userblock.h5"), "r+b") as f:
    f.write(b"#!/bin/sh\n")
