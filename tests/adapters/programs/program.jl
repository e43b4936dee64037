include(joinpath(ENV["ADAPTERS"], "julia", "Dvclive.jl"))
if length(ARGS) > 1
    @sync for worker in 0:3
        Threads.@spawn for i in 0:parse(Int, ARGS[2])-1
            Dvclive.log_metric("w$worker", i)
        end
    end
    exit()
end
Dvclive.log_param("lr", 0.001)
Dvclive.log_param("epochs", 3)
Dvclive.log_param("model", "res \"net\" é\nline two \\ \t")
Dvclive.log_param("long", "x"^9000)
Dvclive.log_image("dot.png", "dot.png")
for step in 0:2
    Dvclive.log_metric("train/loss", 1 / (step + 3))
    Dvclive.log_metric("small", 1e-7 * (step + 1))
    Dvclive.log_metric("count", 9007199254740990 + step)
    Dvclive.log_metric("a \"name\" = é", 0.1 + 0.2)
    Dvclive.log_metric("rank", step)
    Dvclive.log_metric("nan", NaN)
    Dvclive.log_metric("inf", -Inf)
    Dvclive.next_step()
end
Dvclive.set_step(10)
Dvclive.log_metric("late", 0.5)
Dvclive.summary("best", 0.25)
Dvclive.summary("rounds", 3)
Dvclive.log_artifact("model.bin"; type = "model", name = "net")
