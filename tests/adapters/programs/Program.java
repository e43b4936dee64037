import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

public class Program {
    public static void main(String[] arguments) throws InterruptedException {
        if (arguments.length > 1) {
            Thread[] workers = new Thread[4];
            for (int worker = 0; worker < 4; worker++) {
                String name = "w" + worker;
                workers[worker] = new Thread(() -> {
                    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
                        Dvclive.logMetric(name, i);
                    }
                });
                workers[worker].start();
            }
            for (Thread worker : workers) {
                worker.join();
            }
            return;
        }
        char[] text = new char[9000];
        Arrays.fill(text, 'x');
        Dvclive.logParam("lr", 0.001);
        Dvclive.logParam("epochs", 3);
        Dvclive.logParam("model", "res \"net\" é\nline two \\ \t");
        Dvclive.logParam("long", new String(text));
        Dvclive.logImage("dot.png", "dot.png");
        for (int step = 0; step < 3; step++) {
            Dvclive.logMetric("train/loss", 1.0 / (step + 3));
            Dvclive.logMetric("small", 1e-7 * (step + 1));
            Dvclive.logMetric("count", 9007199254740990L + step);
            Dvclive.logMetric("a \"name\" = é", 0.1 + 0.2);
            Dvclive.logMetric("rank", step);
            Dvclive.logMetric("nan", Double.NaN);
            Dvclive.logMetric("inf", Double.NEGATIVE_INFINITY);
            Dvclive.nextStep();
        }
        Dvclive.setStep(10);
        Dvclive.logMetric("late", 0.5);
        Dvclive.summary("best", 0.25);
        Dvclive.summary("rounds", 3);
        Map<String, Object> about = new HashMap<>();
        about.put("type", "model");
        about.put("name", "net");
        Dvclive.logArtifact("model.bin", about);
    }
}
