# How far a car's weight and power explain its consumption: five folds, then an optimiser's own trace.
folds <- rep(1:5, length.out = nrow(mtcars))
for (i in 1:5) {
  fit <- lm(mpg ~ wt + hp, data = mtcars[folds != i, ])
  left <- mtcars[folds == i, ]
  message(sprintf("fold %d of 5: RMSE %.3f", i, sqrt(mean((predict(fit, left) - left$mpg)^2))))
}
g <- glm(am ~ wt, data = mtcars, family = binomial, control = glm.control(trace = TRUE))
print(summary(lm(mpg ~ wt + hp, data = mtcars)))
