from hpo_exp.tuning.seeds import derive_seed


def test_derive_seed__is_the_same_in_every_process_and_release() -> None:
    # Stored studies rely on it: another number here means that they no longer resume.
    assert [derive_seed(0, "sampler", 0), derive_seed(7, "fold", 3, 1, 2)] == [
        531_446_538,
        2_124_855_531,
    ]


def test_derive_seed__differs_for_everything_it_is_derived_from() -> None:
    seeds = [
        derive_seed(0, "fold", 1, 2, 0),
        derive_seed(1, "fold", 1, 2, 0),
        derive_seed(0, "refit", 1, 2, 0),
        derive_seed(0, "fold", 2, 1, 0),
        derive_seed(0, "fold", 1, 2, 1),
    ]
    assert len(set(seeds)) == len(seeds)


def test_derive_seed__fits_what_takes_31_bits() -> None:
    assert all(0 <= derive_seed(0, "fold", trial) < 2**31 for trial in range(1_000))
