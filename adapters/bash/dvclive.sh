# dvclive.sh: log metrics, params, images and artifacts of a bash script to `dvclive run`. Bash 4 or newer.
#
#   source dvclive.sh
#   dvclive_log_param lr 0.1
#   dvclive_log_metric loss 0.52          # at the current step, or: dvclive_log_metric loss 0.52 3
#   dvclive_next_step                     # or: dvclive_set_step 7
#   dvclive_summary best 0.52
#   dvclive_log_image curve.png out/c.png
#   dvclive_log_artifact model.pt type=model name=net copy=true labels='["a"]'
#   dvclive_line 'progress 30/100'        # any other record of `dvclive help-protocol`
#
# Under `dvclive run` records go through the FIFO that DVCLIVE_FIFO names; else they are printed as
# "@dvclive ..." lines. Numbers, true and false are what they look like, everything else is text. No function
# fails the script: if the recorder is gone, one line on stderr says so. Subshells and background jobs may log
# at the same time. A call forks once; a full FIFO is waited for.

dvclive_log_metric() {
  local name value
  _dvclive_word name "$1" key
  _dvclive_word value "$2"
  dvclive_line "$name=$value${3:+ step=$3}"
}

dvclive_log_param() { _dvclive_pair param "$1" "$2"; }
dvclive_summary() { _dvclive_pair summary "$1" "$2"; }
dvclive_next_step() { dvclive_line next-step; }
dvclive_set_step() { dvclive_line "step $1"; }

# dvclive_log_image NAME PATH: what the file holds now is recorded, it may be overwritten afterwards.
dvclive_log_image() {
  local name path=$2 file suffix=${2##*/}
  if _dvclive_channel; then
    [[ $suffix == *.* ]] && suffix=.${suffix##*.} || suffix=
    _dvclive_file file "$suffix"
    (umask 077 && cp -- "$path" "$file") || {
      echo "dvclive: the image $path cannot be copied beside $DVCLIVE_FIFO." >&2
      return 0
    }
    path=$file
  fi
  _dvclive_json name "$1"
  _dvclive_json path "$path"
  dvclive_line "image $name path=$path"
}

# dvclive_log_artifact PATH [KEY=VALUE]...: a value that begins with [ or { is JSON, true and false are flags.
dvclive_log_artifact() {
  local line pair value
  _dvclive_json line "$1"
  for pair in "${@:2}"; do
    value=${pair#*=}
    [[ $value == [[{]* || $value == true || $value == false ]] || _dvclive_json value "$value"
    line+=" ${pair%%=*}=$value"
  done
  dvclive_line "artifact $line"
}

# dvclive_line RECORD: one record, without newline.
dvclive_line() {
  local LC_ALL=C line=$1 file
  if [[ -z ${DVCLIVE_FIFO-} ]]; then
    printf '@dvclive %s\n' "$line"
    return 0
  fi
  _dvclive_channel || return 0
  if ((${#line} > 4095)); then # one write(2) is whole among many writers up to 4096 bytes: pipe(7)
    _dvclive_file file .lines
    (umask 077 && printf '%s\n' "$line" >"$file") || {
      echo "dvclive: a value is lost, $file cannot be written." >&2
      return 0
    }
    line="{\"@file\": \"${file##*/}\"}"
  fi
  # Opened for reading and writing first, a FIFO that nobody reads does not block: fifo(7). Then SIGPIPE ends
  # the subshell alone.
  if ! (exec 3<>"$DVCLIVE_FIFO" 4>"$DVCLIVE_FIFO" 3>&- && printf '%s\n' "$line" >&4) 2>/dev/null; then
    _dvclive_dead "nobody reads it"
  fi
}

_dvclive_pair() {
  local name value
  _dvclive_word name "$2" key
  _dvclive_word value "$3"
  dvclive_line "$1 $name=$value"
}

# Whether records go through the FIFO.
_dvclive_channel() {
  [[ -n ${DVCLIVE_FIFO-} && -z ${_dvclive_is_dead-} ]] || return 1
  [[ -p $DVCLIVE_FIFO ]] || {
    _dvclive_dead "not a FIFO"
    return 1
  }
}

_dvclive_dead() {
  echo "dvclive: the recorder of this run cannot be reached through $DVCLIVE_FIFO: $1." \
    "What is logged from here on is not recorded; the program goes on." >&2
  _dvclive_is_dead=1
}

# _dvclive_file VARIABLE SUFFIX: a name for a new file in the channel's folder.
_dvclive_file() { printf -v "$1" '%s/sh-%s-%s%s%s' "${DVCLIVE_FIFO%/*}" "$BASHPID" "$RANDOM" "$RANDOM" "$2"; }

# _dvclive_word VARIABLE TEXT [key]: as a bare word where that may stand, else as a JSON string.
_dvclive_word() {
  local LC_ALL=C
  case $2 in
    '' | *[!A-Za-z0-9_./+,%-]* | *,) _dvclive_json "$1" "$2" ;;
    step | timestamp | plot | rank | null) _dvclive_json "$1" "$2" ;;
    *) printf -v "$1" %s "$2" ;;
  esac
}

_dvclive_json() {
  local LC_ALL=C _text=$2 _rest _char _escape
  _text=${_text//\\/\\\\}
  _text=${_text//\"/\\\"}
  if [[ $_text == *[[:cntrl:]]* ]]; then
    _rest=$_text _text=
    while [[ $_rest == *[[:cntrl:]]* ]]; do
      _text+=${_rest%%[[:cntrl:]]*}
      _rest=${_rest#"${_rest%%[[:cntrl:]]*}"}
      _char=${_rest:0:1} _rest=${_rest:1}
      printf -v _escape '\\u%04x' "'$_char"
      _text+=$_escape
    done
    _text+=$_rest
  fi
  printf -v "$1" '"%s"' "$_text"
}
