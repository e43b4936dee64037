# Sourced by each run.sh: makes a scratch Git repository with the files named, and goes there.
#   . ../scratch.sh; scratch "${1:-}" FILE...
#   show COMMAND: prints a command and runs it

here=$(cd "$(dirname "$0")" && pwd)

scratch() {
  local repo=${1:-$(mktemp -d "${TMPDIR:-/tmp}/dvclive-$(basename "$here").XXXXXX")}
  shift
  echo "scratch repository: $repo"
  mkdir -p "$repo"
  cp "${@/#/$here/}" "$repo"
  cd "$repo"
  git -c init.defaultBranch=main init --quiet
  git config user.name "Example"
  git config user.email "example@example.com"
  git config commit.gpgsign false
  git add .
  git commit --quiet --message "A program"
}

show() {
  printf '\n$ %s\n' "$1"
  eval "$1"
}
