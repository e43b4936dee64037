/* Fits y = a x + b to five points by gradient descent; one printf logs a step. */
#include <stdio.h>

int main(void)
{
    const double x[] = {0, 1, 2, 3, 4}, y[] = {1.1, 2.9, 5.2, 6.8, 9.1};
    const int points = 5;
    double a = 0, b = 0;

    for (int step = 1; step <= 10; step++) {
        double loss = 0, da = 0, db = 0;
        for (int i = 0; i < points; i++) {
            double error = a * x[i] + b - y[i];
            loss += error * error / points;
            da += 2 * error * x[i] / points;
            db += 2 * error / points;
        }
        a -= 0.05 * da;
        b -= 0.05 * db;
        printf("@dvclive loss=%.6f a=%.4f b=%.4f step=%d\n", loss, a, b, step);
    }
    return 0;
}
