source "$ADAPTERS/bash/dvclive.sh"
if [[ ${1-} == flood ]]; then
  for worker in 0 1 2 3; do
    for ((i = 0; i < $2; i++)); do dvclive_log_metric "w$worker" "$i"; done &
  done
  wait
  exit
fi
dvclive_log_param lr 0.001
dvclive_log_param epochs 3
dvclive_log_param model $'res "net" é\nline two \\ \t'
dvclive_log_param long "$(printf 'x%.0s' {1..9000})"
dvclive_log_image dot.png dot.png
losses=(0.3333333333333333 0.25 0.2) smalls=(1e-7 2e-7 3e-7)
for step in 0 1 2; do
  dvclive_log_metric train/loss "${losses[step]}"
  dvclive_log_metric small "${smalls[step]}"
  dvclive_log_metric count $((9007199254740990 + step))
  dvclive_log_metric 'a "name" = é' 0.30000000000000004
  dvclive_log_metric rank "$step"
  dvclive_log_metric nan nan
  dvclive_log_metric inf -inf
  dvclive_next_step
done
dvclive_set_step 10
dvclive_log_metric late 0.5
dvclive_summary best 0.25
dvclive_summary rounds 3
dvclive_log_artifact model.bin type=model name=net
