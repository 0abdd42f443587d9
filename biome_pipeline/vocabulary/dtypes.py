"""Number formats of weights, and how many bits one value takes.

Source: the ``dtype`` words of the safetensors format, and the words for
quantized weights that the Hub writes beside them.
"""

from __future__ import annotations

__all__ = ["DTYPE_BITS"]

DTYPE_BITS: dict[str, int] = {
    "F64": 64,
    "I64": 64,
    "U64": 64,
    "C64": 64,
    "F32": 32,
    "I32": 32,
    "U32": 32,
    "F16": 16,
    "BF16": 16,
    "I16": 16,
    "U16": 16,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "I8": 8,
    "U8": 8,
    # One byte each, although one bit would do.
    "BOOL": 8,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "F4": 4,
    "I4": 4,
    "U4": 4,
}
