package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"sync"

	"program/internal/dvclive"
)

func main() {
	defer dvclive.Close()
	if len(os.Args) > 2 {
		count, _ := strconv.Atoi(os.Args[2])
		var workers sync.WaitGroup
		for worker := 0; worker < 4; worker++ {
			workers.Add(1)
			go func(name string) {
				for i := 0; i < count; i++ {
					dvclive.LogMetric(name, i)
				}
				workers.Done()
			}(fmt.Sprint("w", worker))
		}
		workers.Wait()
		return
	}
	dvclive.LogParam("lr", 0.001)
	dvclive.LogParam("epochs", 3)
	dvclive.LogParam("model", "res \"net\" é\nline two \\ \t")
	dvclive.LogParam("long", strings.Repeat("x", 9000))
	dvclive.LogImage("dot.png", "dot.png")
	tenth, fifth := 0.1, 0.2
	for step := 0; step < 3; step++ {
		dvclive.LogMetric("train/loss", 1/float64(step+3))
		dvclive.LogMetric("small", 1e-7*float64(step+1))
		dvclive.LogMetric("count", 9007199254740990+step)
		dvclive.LogMetric("a \"name\" = é", tenth+fifth)
		dvclive.LogMetric("rank", step)
		dvclive.LogMetric("nan", math.NaN())
		dvclive.LogMetric("inf", math.Inf(-1))
		dvclive.NextStep()
	}
	dvclive.SetStep(10)
	dvclive.LogMetric("late", 0.5)
	dvclive.Summary("best", 0.25)
	dvclive.Summary("rounds", 3)
	dvclive.LogArtifact("model.bin", dvclive.About{"type": "model", "name": "net"})
}
