addpath(fullfile(getenv('ADAPTERS'), 'octave'));
arguments = argv();
if numel(arguments) > 1
  for worker = 0:3
    for i = 0:str2double(arguments{2})-1
      dvclive.log_metric(sprintf('w%d', worker), i);
    end
  end
  return
end
dvclive.log_param('lr', 0.001);
dvclive.log_param('epochs', 3);
dvclive.log_param('model', sprintf('res "net" é\nline two \\ \t'));
dvclive.log_param('long', repmat('x', 1, 9000));
dvclive.log_image('dot.png', 'dot.png');
for step = 0:2
  dvclive.log_metric('train/loss', 1 / (step + 3));
  dvclive.log_metric('small', 1e-7 * (step + 1));
  dvclive.log_metric('count', 9007199254740990 + step);
  dvclive.log_metric('a "name" = é', 0.1 + 0.2);
  dvclive.log_metric('rank', step);
  dvclive.log_metric('nan', NaN);
  dvclive.log_metric('inf', -Inf);
  dvclive.next_step();
end
dvclive.set_step(10);
dvclive.log_metric('late', 0.5);
dvclive.summary('best', 0.25);
dvclive.summary('rounds', 3);
dvclive.log_artifact('model.bin', 'type', 'model', 'name', 'net');
