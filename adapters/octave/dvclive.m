% dvclive.m: log metrics, params, images and artifacts of an Octave or MATLAB program to `dvclive run`.
%
%   addpath('folder/of/this/file');
%   dvclive.log_param('lr', 0.1);
%   dvclive.log_metric('loss', 0.52);           % at the current step, or: dvclive.log_metric('loss', 0.52, 3)
%   dvclive.next_step();                        % or: dvclive.set_step(7)
%   dvclive.summary('best', 0.52);
%   dvclive.log_image('curve.png', 'out/c.png');
%   dvclive.log_artifact('model.mat', 'type', 'model', 'copy', true, 'labels', {{'a'}});
%   dvclive.line('progress 30/100');            % any other record of `dvclive help-protocol`
%
% Under `dvclive run` records go through the FIFO that DVCLIVE_FIFO names; else they are printed as
% "@dvclive ..." lines. Nothing here stops the program: if the recorder is gone, one line on stderr says so. A full
% FIFO is waited for. Tested with Octave 7; written for MATLAB R2016b and newer on Linux as well.
classdef dvclive
  methods (Static)
    function log_metric(name, value, step)
      about = '';
      if nargin > 2
        about = [' step=' dvclive.json(step)];
      end
      dvclive.line([dvclive.word(name) '=' dvclive.json(value) about]);
    end

    function log_param(name, value)
      dvclive.line(['param ' dvclive.word(name) '=' dvclive.json(value)]);
    end

    function summary(name, value) % a result of the run: a value beside the metrics, without a curve
      dvclive.line(['summary ' dvclive.word(name) '=' dvclive.json(value)]);
    end

    function next_step() % the step goes up by one; it begins at 0
      dvclive.line('next-step');
    end

    function set_step(step)
      dvclive.line(['step ' dvclive.json(step)]);
    end

    function log_image(name, file) % what the file holds now is recorded: it may be overwritten afterwards
      source = char(file);
      fifo = getenv('DVCLIVE_FIFO');
      if ~isempty(fifo)
        if dvclive.channel() < 0
          return
        end
        [~, ~, suffix] = fileparts(source);
        source = dvclive.new_file(suffix);
        if ~copyfile(char(file), source)
          fprintf(2, 'dvclive: the image %s cannot be copied to %s.\n', char(file), fileparts(fifo));
          return
        end
      end
      dvclive.line(['image ' dvclive.quoted(name) ' path=' dvclive.quoted(source)]);
    end

    function log_artifact(path, varargin) % pairs of type, name, desc, labels, meta, copy, cache and its value
      record = ['artifact ' dvclive.quoted(path)];
      about = struct(varargin{:});
      for key = fieldnames(about)'
        record = [record ' ' key{1} '=' dvclive.json(about.(key{1}))]; %#ok<AGROW>
      end
      dvclive.line(record);
    end

    function line(record) % one record, without newline
      if isempty(getenv('DVCLIVE_FIFO'))
        fprintf('%s\n', ['@dvclive ' record]);
        if exist('OCTAVE_VERSION', 'builtin')
          fflush(stdout);
        end
        return
      end
      fifo = dvclive.channel();
      if fifo < 0
        return
      end
      bytes = dvclive.utf8([record char(10)]);
      if numel(bytes) > 4000 % up to 4096 bytes one write(2) is whole among many writers: pipe(7)
        file = dvclive.new_file('.lines');
        long = fopen(file, 'w');
        if long < 0 || fwrite(long, bytes) < numel(bytes) || fclose(long) ~= 0
          fprintf(2, 'dvclive: a value is lost, %s cannot be written.\n', file);
          return
        end
        [~, name, suffix] = fileparts(file);
        bytes = uint8(['{"@file": "' name suffix '"}' char(10)]);
      end
      fwrite(fifo, bytes);
      if exist('OCTAVE_VERSION', 'builtin')
        fflush(fifo);
      end
    end
  end

  methods (Static, Access = private)
    function fid = channel() % the open FIFO; -1 where nobody reads it
      persistent opened dead
      if isempty(opened)
        opened = -1;
        dead = false;
        fifo = getenv('DVCLIVE_FIFO');
        % Opened for reading and writing first, a FIFO that nobody reads does not block: fifo(7). Neither
        % program says that a write failed, so a shell tries it with an empty line.
        quoted = ['''' strrep(fifo, '''', '''\''''') ''''];
        check = ['test -p ' quoted ' && exec 3<>' quoted ' 4>' quoted ' 3>&- && echo >&4'];
        if system(['(' check ') 2>/dev/null']) == 0
          both = fopen(fifo, 'r+');
          if both >= 0
            opened = fopen(fifo, 'w');
            fclose(both);
          end
        end
      end
      fid = opened;
      if ~dead && (fid < 0 || ~exist(getenv('DVCLIVE_FIFO'), 'file')) % the run takes its FIFO with it
        dead = true;
        fprintf(2, ['dvclive: the recorder of this run cannot be reached through %s: nobody reads it. What is ' ...
                    'logged from here on is not recorded; the program goes on.\n'], getenv('DVCLIVE_FIFO'));
      end
      if dead
        fid = -1;
      end
    end

    function file = new_file(suffix)
      [~, name] = fileparts(tempname());
      file = fullfile(fileparts(getenv('DVCLIVE_FIFO')), ['m-' name suffix]);
    end

    function bytes = utf8(text) % Octave's text is UTF-8 already
      if exist('OCTAVE_VERSION', 'builtin')
        bytes = uint8(text);
      else
        bytes = unicode2native(text, 'UTF-8');
      end
    end

    function out = word(name) % a name: bare where that may stand
      name = char(name);
      bare = ~isempty(regexp(name, '^[A-Za-z0-9_][A-Za-z0-9_./-]*$', 'once'));
      if bare && ~any(strcmp(name, {'step', 'timestamp', 'plot', 'rank'})) && ~any(name == 10)
        out = name;
      else
        out = dvclive.quoted(name);
      end
    end

    function out = quoted(text)
      text = strrep(strrep(char(text), '\', '\\'), '"', '\"');
      for code = unique(double(text(text < 32 | text == 127)))
        text = strrep(text, char(code), sprintf('\\u%04x', code));
      end
      out = ['"' text '"'];
    end

    function out = json(value) % and what JSON cannot say but the protocol can: NaN, infinities
      if ischar(value) && (isrow(value) || isempty(value))
        out = dvclive.quoted(value);
      elseif iscell(value)
        out = '';
        for item = value(:)'
          out = [out ',' dvclive.json(item{1})]; %#ok<AGROW>
        end
        out = ['[' out(2:end) ']'];
      elseif isstruct(value) && isscalar(value)
        out = '';
        for key = fieldnames(value)'
          out = [out ',' dvclive.quoted(key{1}) ':' dvclive.json(value.(key{1}))]; %#ok<AGROW>
        end
        out = ['{' out(2:end) '}'];
      elseif ~isscalar(value)
        out = dvclive.json(num2cell(value));
      elseif islogical(value)
        names = {'false', 'true'};
        out = names{value + 1};
      elseif isinteger(value)
        out = sprintf('%d', value);
      elseif isnumeric(value)
        digits = 15 - 9 * isa(value, 'single');
        out = sprintf('%.*g', digits, value);
        while isfinite(value) && cast(str2double(out), class(value)) ~= value
          digits = digits + 1;
          out = sprintf('%.*g', digits, value);
        end
      else
        out = dvclive.quoted(value);
      end
    end
  end
end
