import json

import keras
import numpy

from dvclive import Live
from dvclive.keras import DVCLiveCallback

random = numpy.random.default_rng(0)
x = random.normal(size=(64, 4))
y = (x[:, 0] > 0).astype("float32")
keras.utils.set_random_seed(0)
layers = [keras.layers.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1, activation="sigmoid")]
model = keras.Sequential(layers)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
with Live("custom_dir") as live:
    history = model.fit(
        x[:48], y[:48], validation_data=(x[48:], y[48:]), validation_freq=2, epochs=4, verbose=0,
        callbacks=[DVCLiveCallback(live=live)],
    )  # fmt: skip
    live.log_metric("test_acc", 0.5, plot=False)
print(json.dumps(history.history))
