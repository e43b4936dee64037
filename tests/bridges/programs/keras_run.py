"""Keras with its callback for TensorBoard, and a number that the program writes itself."""

import keras
import numpy as np
import tensorflow as tf

x, y = np.random.default_rng(0).random((32, 4)), np.ones((32, 1))
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer="sgd", loss="mse")
model.fit(x, y, validation_data=(x, y), epochs=3, verbose=0, callbacks=[keras.callbacks.TensorBoard("logs")])
with tf.summary.create_file_writer("logs/more").as_default():
    tf.summary.scalar("own", 0.5, step=3)
