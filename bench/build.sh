# Sourced by the benches. build TARGET…: builds what a bench needs and leaves the build folder's name in $build. It is the release build, or
# the folder that CLIFFHANGER_BENCH_BUILD names, configured already and left as it is configured.
build() {
  local top
  top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  build=${CLIFFHANGER_BENCH_BUILD:-$top/build/release}
  [[ -n ${CLIFFHANGER_BENCH_BUILD:-} ]] || (cd "$top" && cmake --preset release >/dev/null)
  ninja -C "$build" "$@" >/dev/null
}
