"""Named numbers in free text: which are metrics, with which step."""

import pytest
from capture_judge import points

TAKEN = {
    "Epoch 1/10, Loss: 0.58, Acc: 92.0%": [("Loss", 0.58, 1), ("Acc", 92.0, 1)],
    "[Epoch 2/12] loss: 0.6 | val loss: 0.7 | 0.00s": [("loss", 0.6, 2), ("val_loss", 0.7, 2)],
    "epoch 3: train loss 0.5 acc 0.9 val loss 0.6 acc 0.8": [
        ("train_loss", 0.5, 3), ("train_acc", 0.9, 3), ("val_loss", 0.6, 3), ("val_acc", 0.8, 3),
    ],
    "iter=5 loss=4.2 grad_norm=1.5 elapsed=480ns": [("loss", 4.2, 5), ("grad_norm", 1.5, 5)],
    "Step 7: loss 0.5, |g| 2.5 (lr 0.02, 12.0 ms)": [("loss", 0.5, 7), ("g", 2.5, 7), ("lr", 0.02, 7)],
    "step 1 tokens 1.5k loss 2e-3": [("loss", 0.002, 1)],
    "step 1 reward 1.5k": [("reward", 1500.0, 1)],
    "step 1 reward 1,234.5": [("reward", 1234.5, 1)],
    "step 3 loss nan": [("loss", "nan", 3)],
    "loss=0.5; step=4": [("loss", 0.5, 4)],
    "Finished epoch 5: loss=0.5": [("loss", 0.5, 5)],
    "Cost after epoch 100: 0.9": [("Cost", 0.9, 100)],
    "Epoch 1.5, loss 0.5": [("Epoch", 1.5, 0), ("loss", 0.5, 0)],
    "[12] loss: 0.5": [("loss", 0.5, 12)],
    "12: loss 0.5": [("loss", 0.5, 12)],
    "Accuracy: 9833/10000 (98%)": [("Accuracy", 98, 0)],
    "Mean AUC: 0.9 +/- 0.1": [("Mean_AUC", 0.9, 0), ("Mean_AUC/std", 0.1, 0)],
    "rmse: 0.44+0.002": [("rmse", 0.44, 0), ("rmse/std", 0.002, 0)],
    "Test set: Average loss: 0.5, Acc: 0.9": [("Test_set/Average_loss", 0.5, 0), ("Test_set/Acc", 0.9, 0)],
    "val | loss 0.5 | acc 0.9": [("val/loss", 0.5, 0), ("val/acc", 0.9, 0)],
    "F1 score (macro): 0.88": [("F1_score_macro", 0.88, 0)],
    "mAP@0.5: 0.61": [("mAP@0.5", 0.61, 0)],
    "test accuracy 0.8": [("test_accuracy", 0.8, 0)],
    '  "val_loss": 0.5,': [("val_loss", 0.5, 0)],
    "2026-11-21 04:28:00,838 INFO train: epoch=0 loss=0.6": [("loss", 0.6, 0)],
    'level=info msg="train step" step=2 loss=2.4 dur=98ms': [("loss", 2.4, 2)],
    "epoch 1 损失=0.5": [("损失", 0.5, 1)],
    "Epoch [1/5], Step [100/600], Loss: 0.5": [("Loss", 0.5, 700), ("epoch", 1, 700)],
    "Generation 5: best = 6.04, avg = 29.7": [("best", 6.04, 5), ("avg", 29.7, 5)],
    "Episode 20 ended after 9 timesteps, reward: 9.2, average: 8.6": [
        ("reward", 9.2, 20), ("average", 8.6, 20),
    ],
    "iterations: 500, training error: 0.25": [("training_error", 0.25, 500)],
    "Epochs            1. Current error: 0.25. Bit fail 4.": [("Current_error", 0.25, 1)],
    "Iter.  2,  how = expand,    nf =   5,  f = 1.4e+03  (41.2%)": [("nf", 5, 2), ("f", 1400.0, 2)],
    "[Epoch 1] MSE => 0.91": [("MSE", 0.91, 1)],
    "Epoch 1/10 -> loss: 0.3, errors: 9": [("loss", 0.3, 1), ("errors", 9, 1)],
    '[1] "Iteration 10 Cost: 0.42"': [("Cost", 0.42, 10)],
    " 1) inertia:  2271.8  shift: 2.3": [("inertia", 2271.8, 1), ("shift", 2.3, 1)],
    "    2000 samples: pi ~ 3.152 (error 1.5e-02)": [("pi", 3.152, 2000), ("error", 0.015, 2000)],
    "Step=    1, Dmax= 1.5e-02 nm, Epot= -6.5e+03": [("Dmax", 0.015, 1), ("Epot", -6500.0, 1)],
    "Iteration 10 / LogL: -153.9 / Time: 0h:0m:0s (0h:0m:0s left)": [("LogL", -153.9, 10)],
    "Mean RMSE: 2.7 (sd 0.3)": [("Mean_RMSE", 2.7, 0)],
    "Multiple R-squared:  0.82,\tAdjusted R-squared:  0.81": [
        ("Multiple_R-squared", 0.82, 0), ("Adjusted_R-squared", 0.81, 0),
    ],
    "Accuracy = 81% (162/200) (classification)": [("Accuracy", 81, 0)],
    "P@1\t0.999": [("P@1", 0.999, 0)],
    "[1/3] train_loss=0.5 val_loss=0.6 (12.5s)": [("train_loss", 0.5, 1), ("val_loss", 0.6, 1)],
    "Iteration: 2 bestvalit: 0.34 bestmemit:    0.72    1.51": [("bestvalit", 0.34, 2)],
    "%{accuracy: 0.5, epoch: 1, loss: 1.5}": [("accuracy", 0.5, 1), ("loss", 1.5, 1)],
    "epoch 5  1000 / 8000 loss=2.5": [("loss", 2.5, 41000), ("epoch", 5, 41000)],
    "Epoch 5 | 1000/8000 | loss=2.5": [("loss", 2.5, 41000), ("epoch", 5, 41000)],
    "Epoch 5: 900/1000 correct, loss=2.5": [("loss", 2.5, 5)],
    "(epoch: 2, iters: 100, time: 0.2, data: 0.1) G_GAN: 1.2 G_L1: 20.3": [
        ("G_GAN", 1.2, 100), ("G_L1", 20.3, 100), ("epoch", 2, 100),
    ],
    "Ep. 1 : Up. 100 : Sen. 10,000 : Cost 8.5": [("Cost", 8.5, 100), ("epoch", 1, 100)],
    "Epoch: 2, Steps: 281 | Train Loss: 0.5 Vali Loss: 0.6": [("Train_Loss", 0.5, 2), ("Vali_Loss", 0.6, 2)],
    "Epoch 1 loss: tensor(0.5000, grad_fn=<NllLossBackward0>) acc tensor(0.75, device='cuda:0')": [
        ("loss", 0.5, 1), ("acc", 0.75, 1),
    ],
    "step 3 loss=array(0.5, dtype=float32), err: tf.Tensor([0.25], shape=(1,), dtype=float32)": [
        ("loss", 0.5, 3), ("err", 0.25, 3),
    ],
    "epoch 3 loss np.float64(0.5)": [("loss", 0.5, 3)],
    "loss: tensor(0.5, grad_fn=<MseLossBackward0>)": [("loss", 0.5, 0)],
    ">1, d=0.5, g=0.25": [("d", 0.5, 1), ("g", 0.25, 1)],
    ">epoch=3, lrate=0.25, error=6.5": [("lrate", 0.25, 3), ("error", 6.5, 3)],
    "7 [D loss: 0.5, acc.: 50.00%] [G loss: 0.75]": [("D_loss", 0.5, 7), ("acc", 50, 7), ("G_loss", 0.75, 7)],
    "====> Test set loss: 127.5": [("Test_set_loss", 127.5, 0)],
    "Epoch 10: train=0.5, valid=0.25": [("train", 0.5, 10), ("valid", 0.25, 10)],
    "Epoch [1] | Train: loss 0.5, acc 0.75 | Val: loss 0.25, acc 0.5": [
        ("Train/loss", 0.5, 1), ("Train/acc", 0.75, 1), ("Val/loss", 0.25, 1), ("Val/acc", 0.5, 1),
    ],
    "Training acc over epoch: 0.75": [("Training_acc_over_epoch", 0.75, 0)],
    "| epoch   1 |   200/ 2000 batches | lr 5.00 | ms/batch 30.1 | loss  8.5": [
        ("lr", 5.0, 2200), ("loss", 8.5, 2200), ("epoch", 1, 2200),
    ],
    "The test accuracy is 93.1%": [("test_accuracy", 93.1, 0)],
    "Epoch 3: loss is 0.5, accuracy is 0.75.": [("loss", 0.5, 3), ("accuracy", 0.75, 3)],
    "STEP: 10/100 -- GLOBAL_STEP: 110 loss: 0.5": [("loss", 0.5, 110)],
    "global_step=230, episodic_return=[23.5]": [("episodic_return", 23.5, 230)],
    "#Iter=  3\tTrain=0.8\tTest=0.9": [("Train", 0.8, 3), ("Test", 0.9, 3)],
    "[EVAL] #Images: 500, mIoU: 0.5, Acc: 0.9": [("EVAL/mIoU", 0.5, 0), ("EVAL/Acc", 0.9, 0)],
    "Step: 5. Mean Reward: 1.5. Std of Reward: 0.5.": [("Mean_Reward", 1.5, 5), ("Std_of_Reward", 0.5, 5)],
    "{'Loss/total_loss': 0.5,": [("Loss/total_loss", 0.5, 0)],
    "     | > loss: 0.51230  (0.55000)": [("loss", 0.5123, 0)],
    "Score at iteration 10 is 0.5": [("Score", 0.5, 10)],
    "0s |   1 | lnL=      -148.5 | depth=    0/   40 |": [("lnL", -148.5, 0)],
    "  F0-score ......... 0.92": [("F0-score", 0.92, 0)],
    "Test accuracy : 9312 / 10000 (93.12 %)": [("Test_accuracy", 93.12, 0)],
    "main.go:25: loss=0.5": [("loss", 0.5, 0)],
    "trainer.cc(507) LOG(INFO) epoch=1 obj=10.1": [("obj", 10.1, 1)],
}  # fmt: skip

REFUSED = [
    "seed: 42",
    "lr = 0.001",
    "batch_size=32, lr=0.001, dropout=0.5",
    "precision: 32",
    "label_smoothing: 0.1",
    "loss_weight=0.5",
    "Accuracy threshold: 0.5",
    "loss: cross_entropy",
    "error: 2 errors generated",
    "9fa61f1 Fix loss=nan when the batch is empty",
    "Learning rate set to 0.001, weight decay 1e-05",
    "best model at epoch 5 with accuracy 0.9",
    "Epoch 00002: val_loss improved from 0.5 to 0.45, saving model",
    "Step 3/5 : ENV LR=0.1",
    "max_epoch: 10",
    "warmup step: 100",
    'assert x["loss"] == 0.5',
    "train.py:26: UserWarning: lr=0.001 at epoch 0 loss=0.5",
    '10.0.0.7 - - "GET /train?step=3&loss=0.5 HTTP/1.1" 200',
    "3 | int main(){ float loss = 0.5 ; return f(loss) }",
    "iteration_time: 0.5",
    "epochs=10 dropout=0.5",
    "epochs: 10, lr: 0.1",
    "{'iterations': 1000, 'lr': 0.1}",
    "    a_test.go:7: step 0 want 0.5",
    "E   AssertionError: accuracy=0.5 at step 3",
    "\u2714 epoch 3: loss=0.5 is parsed",
    "        return 0.5",
    "        perplexity=0.5,",
    "        standard_error=0.5, estimate=NaN)",
    " * barriers. Always returns 4.",
    "ETA: 0:12:44",
    "score: 10:30",
    "loss: 1.2.3",
    "Model has 1,234 trainable parameters",
    "3 epochs, 100 steps, loss 0.5 expected",
    "Epoch[0] Time cost=12.3",
    "Class  Images  P  R  mAP@.5  mAP@.5:.95",
    "loss is 0.5 after step 3",
    "accuracy of the total is 6 (1 ms)",
]


@pytest.mark.parametrize("line", TAKEN)
def test_taken(line):
    assert [(n, "nan" if v != v else v, s) for n, v, s in points(line + "\n")] == TAKEN[line]


@pytest.mark.parametrize("line", REFUSED)
def test_refused(line):
    """Also when it is printed again and again with other numbers."""
    assert points(line + "\n" + line.replace("0.5", "0.7").replace("4", "9") + "\n") == []


def test_a_step_in_the_line_before_makes_any_name_a_metric():
    """But only just before: other text ends the neighbourhood, blank lines and rules do not."""
    near = "Epoch {0}\n-----\n\napples: {0}.5\npears = 3{0}\n"
    assert points(near.format(1) + near.format(2)) == [
        ("apples", 1.5, 1), ("apples", 2.5, 2), ("pears", 31, 1), ("pears", 32, 2),
    ]  # fmt: skip
    far = "Epoch {0}\nsaved the model\napples: {0}.5\n"
    assert points(far.format(1) + far.format(2)) == []


def test_a_block_goes_on_behind_a_metric():
    text = "Learning iteration {0}/10\nloss: 0.{0}\nhops: 1.{0}\n\nstay: 2.{0}\n"
    assert sorted(points(text.format(1) + text.format(2))) == [
        ("hops", 1.1, 1), ("hops", 1.2, 2), ("loss", 0.1, 1), ("loss", 0.2, 2), ("stay", 2.1, 1),
        ("stay", 2.2, 2),
    ]  # fmt: skip


def test_steps_that_begin_again_behind_a_heading_go_on():
    text = "Start of epoch {0}\nTraining loss at step 0: 0.{0}1\nTraining loss at step 200: 0.{0}2\n"
    assert [step for _, _, step in points(text.format(1) + text.format(2))] == [0, 200, 201, 401]


def test_a_setting_begins_no_block():
    zone = "  high: {0}92\n  batch: 63\n  high_min: {0}29\n"
    assert points(zone.format(1) + zone.format(2)) == []
    assert len(points("step: 1\napples: 2\nstep: 2\napples: 3\n")) == 2


def test_a_metric_takes_the_step_of_the_line_before_even_from_afar():
    text = "".join(f"Epoch {i}\nsaved the model\nval_loss: 0.{i}\n" for i in (3, 4))
    assert points(text) == [("val_loss", 0.3, 3), ("val_loss", 0.4, 4)]


def test_several_values_within_one_step_do_not_share_it():
    text = "Epoch 1\nloss: 0.9\nloss: 0.8\nEpoch 2\nloss: 0.7\n"
    assert [step for _, _, step in points(text)] == [1, 2, 3]


def test_a_counter_that_begins_again_in_each_epoch_gives_an_increasing_step():
    text = "".join(f"epoch {e} batch {b} loss 0.{e}{b}\n" for e in (1, 2) for b in (0, 5, 9))
    assert [step for name, _, step in points(text) if name == "loss"] == [0, 5, 9, 10, 15, 19]


def test_one_number_said_twice_is_one_point():
    assert points("Accuracy: 0.9\nAccuracy: 0.9\n") == [("Accuracy", 0.9, 0)]


def test_a_name_of_the_command_line_is_a_metric_only_if_its_value_changes():
    same = "".join(f"epoch={i} loss=0.{i} lr=0.1\n" for i in (1, 2, 3))
    falling = "".join(f"epoch={i} loss=0.{i} lr=0.{i}\n" for i in (1, 2, 3))
    assert {name for name, _, _ in points(same, known_params=frozenset({"lr"}))} == {"loss"}
    assert [p for p in points(falling, known_params=frozenset({"lr"})) if p[0] == "lr"] == [
        ("lr", 0.1, 1), ("lr", 0.2, 2), ("lr", 0.3, 3),
    ]  # fmt: skip


def test_a_record_of_several_lines_in_a_frame():
    text = "\u250c Info: Training\n\u2502   epoch = {0}\n\u2502   loss = {0}\n\u2514   acc = 0.{0}\n"
    assert sorted(points(text.format(1) + text.format(2))) == [
        ("acc", 0.1, 1), ("acc", 0.2, 2), ("loss", 1, 1), ("loss", 2, 2),
    ]  # fmt: skip


def test_a_whole_number_is_the_next_point_of_a_series_that_is_there():
    text = "val_acc: 1\n3 {\n  acc: 0.5,\n}\n4 {\n  acc: 1,\n}\nacc: 2\n"
    assert [(name, value) for name, value, _ in points(text)] == [("acc", 0.5), ("acc", 1.0), ("acc", 2.0)]


def test_names_as_is():
    assert points("epoch=1 Train Loss=0.5 acc@1=2.5\n", names="as-is") == [
        ("Train Loss", 0.5, 1),
        ("acc@1", 2.5, 1),
    ]


def test_the_printed_text_is_kept_where_python_would_print_another():
    from capture_judge import capture

    _, found = capture(b"step=1 loss=0.50 acc=0.5 err=1e-3 mae=00.5 mse=0.00001 iou=7 dice=1.0\n")
    assert [(e.name, e.text) for m in found for e in m.events] == [
        ("loss", "0.50"), ("acc", None), ("err", "1e-3"), ("mae", "00.5"), ("mse", "0.00001"), ("iou", None),
        ("dice", None),
    ]  # fmt: skip


def test_a_known_format_that_has_the_stream_leaves_only_metrics_to_guessing():
    rows = "".join(f"[{i}]\ttrain-auc:0.9{i}\n" for i in range(4))
    assert [n for n, _, _ in points(rows + "step 9 apples=3\nstep 10 apples=4\n")] == ["train/auc"] * 4
    assert [n for n, _, _ in points(rows + "Test accuracy: 0.9\n")] == ["train/auc"] * 4 + ["Test_accuracy"]
