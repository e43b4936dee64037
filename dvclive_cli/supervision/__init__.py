"""`dvclive run -- CMD`: the supervisor, the recorder, and what they tell the user."""
