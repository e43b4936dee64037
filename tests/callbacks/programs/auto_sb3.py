import json

import gymnasium
from stable_baselines3 import A2C
from stable_baselines3.common.logger import KVWriter, configure

model = A2C("MlpPolicy", gymnasium.make("CartPole-v1"), seed=0, n_steps=8, verbose=1)
seen = []


class Seen(KVWriter):
    def write(self, key_values, key_excluded, step=0):
        seen.append(
            [step, {name: value for name, value in key_values.items() if isinstance(value, (int, float))}]
        )

    def close(self):
        pass


logger = configure(None, ["stdout"])
logger.output_formats.append(Seen())
model.set_logger(logger)
model.learn(total_timesteps=200, log_interval=10)
model.save("model")
print(json.dumps(seen, default=float))
