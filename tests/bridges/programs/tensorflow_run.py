"""tf.summary: two writers, a step that is set, scopes, conditions, a picture, and a compiled function."""

import numpy as np
import tensorflow as tf

train = tf.summary.create_file_writer("logs/train")
test = tf.summary.create_file_writer("logs/test")
with train.as_default():
    for step in range(4):
        tf.summary.experimental.set_step(step * 10)
        tf.summary.scalar("loss", 1 / (step + 1))
        with tf.name_scope("deep"):
            tf.summary.scalar("er", data=tf.constant(step, tf.int64), step=step)
        with tf.summary.record_if(step % 2 == 0):
            tf.summary.scalar("sometimes", step, step=step)
    tf.summary.image("seen", np.zeros((2, 4, 6, 3), dtype=np.float32), step=3)
    tf.summary.text("note", "text", step=0)
    tf.summary.histogram("weights", np.arange(9.0), step=0)
with test.as_default(step=5):
    tf.summary.scalar("loss", np.float32(0.1))


@tf.function
def compiled(step):
    with test.as_default():
        tf.summary.scalar("compiled", tf.cast(step, tf.float32) / 7, step=step)


for step in range(3):
    compiled(tf.constant(step, tf.int64))
tf.summary.scalar("nowhere", 1, step=0)
train.close()
test.close()
