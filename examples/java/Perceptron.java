import java.util.Random;

/** A perceptron with a sigmoid, which prints as programs print. */
public class Perceptron {
    public static void main(String[] args) {
        Random random = new Random(3);
        int n = 200, epochs = 8;
        double[][] x = new double[n][2];
        int[] y = new int[n];
        for (int i = 0; i < n; i++) {
            x[i] = new double[] {random.nextGaussian(), random.nextGaussian()};
            y[i] = x[i][0] + x[i][1] > 0.1 ? 1 : 0;
        }
        double[] w = new double[3];
        System.out.println("Training on " + n + " samples");
        for (int epoch = 1; epoch <= epochs; epoch++) {
            int right = 0;
            double loss = 0;
            for (int i = 0; i < n; i++) {
                double p = 1 / (1 + Math.exp(-w[0] - w[1] * x[i][0] - w[2] * x[i][1]));
                loss -= Math.log(y[i] == 1 ? p : 1 - p) / n;
                right += (p > 0.5) == (y[i] == 1) ? 1 : 0;
                double step = 0.05 * (y[i] - p);
                w[0] += step;
                w[1] += step * x[i][0];
                w[2] += step * x[i][1];
            }
            System.out.println("Epoch " + epoch + "/" + epochs + " -> loss: " + loss + ", accuracy: " + 100.0 * right / n + "%");
        }
        System.out.println("Final weights: [" + w[0] + ", " + w[1] + ", " + w[2] + "]");
    }
}
