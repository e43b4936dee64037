const dvclive = require(`${process.env.ADAPTERS}/node/dvclive.js`);
const { Worker, isMainThread, workerData } = require("worker_threads");

if (!isMainThread) {
  for (let i = 0; i < workerData.count; i++) dvclive.logMetric(`w${workerData.worker}`, i);
} else if (process.argv.length > 3) {
  for (let worker = 0; worker < 4; worker++) {
    new Worker(__filename, { workerData: { worker, count: Number(process.argv[3]) } });
  }
} else {
  dvclive.logParam("lr", 0.001);
  dvclive.logParam("epochs", 3);
  dvclive.logParam("model", 'res "net" é\nline two \\ \t');
  dvclive.logParam("long", "x".repeat(9000));
  dvclive.logImage("dot.png", "dot.png");
  for (let step = 0; step < 3; step++) {
    dvclive.logMetric("train/loss", 1 / (step + 3));
    dvclive.logMetric("small", 1e-7 * (step + 1));
    dvclive.logMetric("count", 9007199254740990n + BigInt(step));
    dvclive.logMetric('a "name" = é', 0.1 + 0.2);
    dvclive.logMetric("rank", step);
    dvclive.logMetric("nan", NaN);
    dvclive.logMetric("inf", -Infinity);
    dvclive.nextStep();
  }
  dvclive.setStep(10);
  dvclive.logMetric("late", 0.5);
  dvclive.summary("best", 0.25);
  dvclive.summary("rounds", 3);
  dvclive.logArtifact("model.bin", { type: "model", name: "net" });
}
