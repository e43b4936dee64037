"""Two processes that train together; each writes for TensorBoard and prints, each its own values."""

import argparse
import json
import os
import sys
import tempfile

import torch.distributed
import torch.multiprocessing
from torch.utils.tensorboard import SummaryWriter

parser = argparse.ArgumentParser()
parser.add_argument("--spawn", action="store_true")
parser.add_argument("--lr", type=float, default=0.5)


def work(rank: int, where: str) -> None:
    kind = {} if where == "env://" else {"rank": rank, "world_size": 2}
    torch.distributed.init_process_group("gloo", init_method=where, **kind)
    rank = torch.distributed.get_rank()
    writer = SummaryWriter(tempfile.mkdtemp())
    for step in range(4):
        value = torch.tensor([rank + 1.0])
        torch.distributed.all_reduce(value)
        assert value.item() == 3
        print(f"epoch {step}: loss={rank + step / 8}", flush=True)
        writer.add_scalar("loss", rank + step / 8, step)
        torch.distributed.barrier()
    writer.close()
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    options = parser.parse_args()
    if options.spawn:
        torch.multiprocessing.spawn(work, (f"file://{tempfile.mktemp()}",), 2)
    else:
        work(int(os.environ["RANK"]), "env://")
    if os.environ.get("RANK", "0") == "0":
        print(json.dumps(sys.argv))
