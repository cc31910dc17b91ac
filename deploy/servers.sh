# shellcheck shell=bash
# A private PostgreSQL 15 and Redis 7 under $var, on Unix sockets only, and a keeper that starts, watches, restarts
# and stops programs. Source deploy/lib.sh first and set `var` (the folder of the state).
#
# Every program gets a session of its own, so that Ctrl-C in the terminal reaches only the script, which then stops
# them in order. Process ids stand in $var/run/*.pid, so that a start after a kill -9 of the script finds what was
# left over and ends it, and nothing else.

: "${var:?set var to the folder of the state before sourcing deploy/servers.sh}"

pg_bin=/usr/lib/postgresql/15/bin
pg_data=$var/postgres
pg_user=cliffhanger
pg_database=cliffhanger
pg_port=5432  # names the socket file; there is no TCP

# A Unix socket's path has at most 107 characters: where the tree lies too deep, the sockets go to /tmp.
sockets=$var/sock
if ((${#sockets} > 80)); then
  sockets=/tmp/cliffhanger-$(printf %s "$var" | sha256sum | cut -c1-12)
fi
redis_socket=$sockets/redis.sock

# PostgreSQL refuses to run as root. Its user may lack the right to walk to $var (below /root, say): then it is given
# just the capability for that.
as_postgres=()
choose_postgres_user() {
  ((EUID == 0)) || return 0
  local user=nobody
  id postgres >/dev/null 2>&1 && user=postgres
  pg_owner=$user
  as_postgres=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups --)
  "${as_postgres[@]}" test -x "$var" 2>/dev/null && return 0
  as_postgres=(setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups
    --inh-caps=+dac_override --ambient-caps=+dac_override --)
  "${as_postgres[@]}" test -x "$var" ||
    fail "the user $user, as whom PostgreSQL runs, may not enter $var; put the tree elsewhere or allow it"
}

pg_sql() { psql -X -q -v ON_ERROR_STOP=1 -h "$sockets" -p "$pg_port" -U "$pg_user" "$@"; }

# The data folder, once. Made beside its place and moved there, so that a killed initdb leaves nothing half done.
init_postgres() {
  mkdir -p "$var/run" "$var/log" "$sockets"
  chmod 700 "$sockets"
  choose_postgres_user
  [[ -e $pg_data/PG_VERSION ]] && return 0
  rm -rf "$pg_data.new"
  mkdir -m 700 "$pg_data.new"
  ((EUID != 0)) || chown "$pg_owner" "$pg_data.new"
  quietly "making a database" "$var/log/initdb.log" \
    "${as_postgres[@]}" "$pg_bin/initdb" -D "$pg_data.new" -U "$pg_user" -A trust -E UTF8 --locale=C.UTF-8 || exit 1
  mv "$pg_data.new" "$pg_data"
}

# The commands that the keeper runs. PostgreSQL's user must own the folder of its socket; root may use it all the same.
start_postgres() {
  ((EUID != 0)) || chown "$pg_owner" "$sockets"
  keep postgres "${as_postgres[@]}" "$pg_bin/postgres" -D "$pg_data" -k "$sockets" -p "$pg_port" \
    -c listen_addresses= -c unix_socket_permissions=0700 -c max_connections=300 -c shared_buffers=64MB \
    -c idle_in_transaction_session_timeout=60s
  wait_until 60 "PostgreSQL" "$pg_bin/pg_isready" -q -h "$sockets" -p "$pg_port"
  [[ $(pg_sql -d postgres -Atc "select 1 from pg_database where datname = '$pg_database'") == 1 ]] ||
    pg_sql -d postgres -c "create database $pg_database"
}

# No snapshots and no append-only file: whatever is in Redis may be lost at any moment and is made again.
start_redis() {
  keep redis redis-server --port 0 --unixsocket "$redis_socket" --unixsocketperm 700 --save '' --appendonly no \
    --maxmemory 256mb --maxmemory-policy noeviction --daemonize no --dir "$var/run"
  wait_until 20 "Redis" redis-cli -s "$redis_socket" ping
}

# wait_until SECONDS NAME COMMAND…: until the command succeeds, or fails with the end of the name's log.
wait_until() {
  local deadline=$((SECONDS + $1)) name=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "$name did not get ready; see $var/log"
    sleep 0.05
  done
}

# ---- the keeper -------------------------------------------------------------------------------------------------

declare -A kept_pid=() kept_command=() kept_since=() kept_again=() kept_delay=()
kept=()  # names in the order of their start

# keep NAME COMMAND…: starts it with its output appended to $var/log/NAME.log, and remembers how to start it again.
keep() {
  local name=$1
  shift
  kept+=("$name")
  kept_command[$name]=$(printf '%q ' "$@")
  kept_delay[$name]=1
  _launch "$name"
}

_launch() {
  local name=$1 log=$var/log/$1.log
  # One old log is kept; this bounds what a service that talks for weeks can fill.
  if [[ -e $log ]] && (($(stat -c %s "$log") > 64 << 20)); then mv "$log" "$log.1"; fi
  # Descriptor 9 is the script's lock: who inherited it would hold it after the script's end.
  # Working in $var tells later starts whose process it is.
  (cd "$var/run" && eval "exec setsid ${kept_command[$name]}") </dev/null >>"$log" 2>&1 9>&- &
  kept_pid[$name]=$!
  kept_since[$name]=$SECONDS
  kept_again[$name]=
  printf '%s\n' "$!" >"$var/run/$name.pid"
}

alive() { kill -0 "$1" 2>/dev/null; }

# Looks once at everything kept; what has ended is started again after 1, 2, 4 … 30 seconds.
mind() {
  local name status
  for name in "${kept[@]}"; do
    if [[ -n ${kept_again[$name]} ]]; then
      if ((SECONDS >= kept_again[$name])); then
        say "starting $name again"
        _launch "$name"
      fi
    elif ! alive "${kept_pid[$name]}"; then
      wait "${kept_pid[$name]}" 2>/dev/null
      status=$?
      ((SECONDS - kept_since[$name] > 60)) && kept_delay[$name]=1
      say "$name ended ($(ending "$status")); again in ${kept_delay[$name]} s; see ${var#"$root"/}/log/$name.log"
      kept_again[$name]=$((SECONDS + kept_delay[$name]))
      ((kept_delay[$name] = kept_delay[$name] * 2 < 30 ? kept_delay[$name] * 2 : 30))
    fi
  done
}

ending() {
  if (($1 > 128)); then printf 'signal %s' "$(kill -l $(($1 - 128)))"; else printf 'status %s' "$1"; fi
}

# end_process PID SIGNAL SECONDS: asks, waits, and kills what did not listen. Works for processes that aren't children.
end_process() {
  local pid=$1 deadline=$((SECONDS + $3))
  kill "-$2" "$pid" 2>/dev/null || return 0
  while alive "$pid"; do
    if ((SECONDS >= deadline)); then
      kill -KILL "$pid" 2>/dev/null
      return 1
    fi
    sleep 0.05
  done
}

# How each is asked to end: PostgreSQL's SIGINT is its fast shutdown, which doesn't wait for clients.
_stop_signal() { if [[ $1 == postgres ]]; then echo INT; else echo TERM; fi; }

# Stops everything kept, last started first; services get half a minute to drain.
stop_all() {
  local i name
  for ((i = ${#kept[@]} - 1; i >= 0; i--)); do
    name=${kept[i]}
    if [[ -z ${kept_again[$name]} ]] && alive "${kept_pid[$name]}"; then
      end_process "${kept_pid[$name]}" "$(_stop_signal "$name")" 30 ||
        say "$name did not end within 30 s and was killed"
      wait "${kept_pid[$name]}" 2>/dev/null
    fi
    rm -f "$var/run/$name.pid"
  done
  kept=()
}

# What an earlier start left running because it was killed itself. A process id is believed only if that process
# works in a folder of $var.
stop_leftovers() {
  local file pid name
  # Servers under the services go last.
  for file in "$var"/run/*.pid; do
    [[ -e $file ]] || continue
    name=$(basename "$file" .pid)
    [[ $name == postgres || $name == redis ]] || _stop_leftover "$file" "$name"
  done
  for name in redis postgres; do
    [[ ! -e $var/run/$name.pid ]] || _stop_leftover "$var/run/$name.pid" "$name"
  done
}

_stop_leftover() {
  local file=$1 name=$2 pid
  pid=$(cat "$file")
  if alive "$pid" && [[ $(readlink "/proc/$pid/cwd") == "$var"/* ]]; then
    say "stopping $name of an earlier start (process $pid)"
    end_process "$pid" "$(_stop_signal "$name")" 30 || say "$name did not end and was killed"
  fi
  rm -f "$file"
}
