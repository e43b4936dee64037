import json

import keras
import numpy

x = numpy.random.default_rng(0).normal(size=(64, 4)).astype("float32")
y = (x[:, 0] > 0).astype("float32")
model = keras.Sequential(
    [keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
)
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])


class Tells(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        print("\nthat was batch", batch)  # and the end of the bar as it is


history = model.fit(x, y, validation_split=0.25, epochs=3, batch_size=16, callbacks=[Tells()])
model.evaluate(x, y, verbose=0)


class Interrupts(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        raise MemoryError


try:
    model.fit(x, y, callbacks=[Interrupts()], verbose=0)
except MemoryError:
    pass
more = model.fit(x, y, validation_split=0.25, epochs=2, verbose=0)
for epoch in range(3):
    print(f"epoch {epoch}: loss={1 / (epoch + 1):.3f}")
print(json.dumps({key: history.history[key] + more.history[key] for key in history.history}))
