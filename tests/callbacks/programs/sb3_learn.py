import json
from typing import Any

from stable_baselines3 import PPO

from dvclive.sb3 import DVCLiveCallback

model = PPO("MlpPolicy", "CartPole-v1", n_steps=64, batch_size=32, seed=0, device="cpu")
told: list[tuple[int, dict[str, Any]]] = []


class Listening(DVCLiveCallback):
    def _on_training_start(self) -> None:
        super()._on_training_start()
        dump = self.logger.dump

        def listen(step: int = 0) -> None:
            values = self.logger.name_to_value
            told.append((step, {name: float(str(value)) for name, value in values.items()}))
            dump(step)

        self.logger.dump = listen


model.learn(total_timesteps=192, callback=Listening())
print(json.dumps(told))
