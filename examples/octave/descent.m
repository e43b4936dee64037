% Logistic regression by gradient descent, then by fminsearch with its own output.
x = linspace(-2, 2, 40)';
y = double(x + 0.3 * sin(9 * x) > 0);
X = [ones(40, 1), x];
cost = @(t) mean(log(1 + exp(-(2 * y - 1) .* (X * t))));
theta = [0; 0];
for iter = 1:50
  theta -= X' * (1 ./ (1 + exp(-X * theta)) - y) / 40;
  if mod(iter, 10) == 0
    fprintf('Iteration %4d | Cost: %.6e\n', iter, cost(theta));
  end
end
fprintf('Train Accuracy: %.1f\n', 100 * mean((X * theta > 0) == y));
fminsearch(@(t) (t(1) - 5)^2 + (t(2) - 8)^4, [0 0], optimset('Display', 'iter', 'MaxIter', 10));
