"""What Stable-Baselines3 tells its logger and what its callback logs: equal."""

from __future__ import annotations

from pathlib import Path

from trainings import BOTH, MARKS, TORCH, train

pytestmark = MARKS
PACKAGES = (TORCH, "stable-baselines3")
IMPORTS = ("stable_baselines3",)


@BOTH
def test_every_dump_of_the_logger(python: str, tmp_path: Path, under: bool) -> None:
    found = train(python, "sb3_learn", tmp_path, under)
    assert [step for step, _ in found.report] == [64, 128, 192]
    for name in {name for _, values in found.report for name in values}:
        points = [(step, values[name]) for step, values in found.report if name in values]
        assert list(zip(found.steps(name), found.values(name), strict=True)) == points
    params = found.params()
    assert (params["algorithm"], params["n_steps"], params["total_timesteps"]) == ("PPO", 64, 192)
