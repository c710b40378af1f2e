"""Seeds: every random thing has its own, derived from the study's seed and what it is for."""

import zlib

import numpy as np


def derive_seed(study_seed: int, purpose: str, *numbers: int) -> int:
    """A 31-bit seed for a purpose (`sampler`, `fold`, …) and numbers (trial, fold, repeat)."""
    entropy = [study_seed, zlib.crc32(purpose.encode()), *numbers]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0] >> 1)
