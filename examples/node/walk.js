// Gradient descent on Rosenbrock's valley; a JSON line logs nested objects, `point/x` and `point/y`.
const log = (record) => console.log(`@dvclive ${JSON.stringify(record)}`);

let [x, y] = [-1, 1.5];
for (let step = 1; step <= 10; step++) {
  const [dx, dy] = [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)];
  x -= 0.001 * dx;
  y -= 0.001 * dy;
  log({ metric: { height: (1 - x) ** 2 + 100 * (y - x * x) ** 2, point: { x, y } }, step });
}
console.log("@dvclive message down in the valley");
