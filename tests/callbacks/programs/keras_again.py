import json

import keras
import numpy

from dvclive.keras import DVCLiveCallback

random = numpy.random.default_rng(0)
x = random.normal(size=(64, 4))
y = (x[:, 0] > 0).astype("float32")
model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(optimizer="adam", loss="binary_crossentropy")
callback = DVCLiveCallback()
first = model.fit(x, y, epochs=3, verbose=0, callbacks=[callback])
more = model.fit(x, y, initial_epoch=3, epochs=5, verbose=0, callbacks=[callback])
model.evaluate(x, y, verbose=0, callbacks=[callback])
print(json.dumps(first.history["loss"] + more.history["loss"]))
