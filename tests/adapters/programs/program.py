"""What every other program here does, with `Live`."""

from dvclive import Live

with Live() as live:
    live.log_param("lr", 0.001)
    live.log_param("epochs", 3)
    live.log_param("model", 'res "net" é\nline two \\ \t')
    live.log_param("long", "x" * 9000)
    live.log_image("dot.png", "dot.png")
    for step in range(3):
        live.log_metric("train/loss", 1 / (step + 3))
        live.log_metric("small", 1e-7 * (step + 1))
        live.log_metric("count", 9007199254740990 + step)
        live.log_metric('a "name" = é', 0.1 + 0.2)
        live.log_metric("rank", step)
        live.log_metric("nan", float("nan"))
        live.log_metric("inf", float("-inf"))
        live.next_step()
    live.step = 10
    live.log_metric("late", 0.5)
    live.summary["best"] = 0.25
    live.summary["rounds"] = 3
    live.log_artifact("model.bin", type="model", name="net")
