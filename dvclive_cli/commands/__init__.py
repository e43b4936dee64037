"""What the other commands of `dvclive` do, one module a command; `cli` declares them."""
