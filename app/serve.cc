#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>

#include "app/commands.h"
#include "app/health_door.h"
#include "app/services.h"

namespace cliffhanger::app {
namespace {

constexpr char kHelp[] = "cliffhanger serve [SERVICE …]\n\nServices: ";

// The entries to host, in start order; empty if a name is unknown.
std::vector<ServiceEntry> chosen(const Arguments& names) {
  std::vector<ServiceEntry> out;
  for (const auto& entry : services()) {
    if (names.empty() || std::find(names.begin(), names.end(), entry.name) != names.end()) out.push_back(entry);
  }
  return names.empty() || out.size() == names.size() ? out : std::vector<ServiceEntry>();
}

void print_help(std::FILE* to) {
  std::fputs(kHelp, to);
  for (const auto& entry : services()) std::fprintf(to, "%s ", entry.name.c_str());
  std::fputs("\n", to);
}

// SIGTERM, SIGINT and SIGHUP (the terminal is gone) are waited for, in this thread alone; others inherit the mask.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaddset(&signals, SIGHUP);  // nohup's
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// Stops them in the reverse order of their start, so that whoever is called outlives its callers. All of it together takes `limit`; who comes
// when that is over still has a moment.
void drain(const std::vector<std::unique_ptr<host::Module>>& modules, std::chrono::milliseconds limit) {
  constexpr std::chrono::milliseconds kMoment{200};
  const auto deadline = std::chrono::steady_clock::now() + limit;
  for (const auto& module : modules) module->wind_down();
  for (auto module = modules.rbegin(); module != modules.rend(); ++module) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    (*module)->drain(std::max(left, kMoment));
  }
}

// Idle processes should be small: few arenas, and freed memory goes back to the system.
void tune_allocator() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_TRIM_THRESHOLD, 256 << 10);
}

// A connection is a descriptor, and the usual 1024 would be over long before what the configuration allows.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const std::vector<ServiceEntry>& entries) {
  const sigset_t signals = block_stop_signals();
  auto settings = config::Settings::from_process();
  auto all = config::Settings::from_process();
  for (const auto& entry : services()) entry.describe(all);
  settings.also_known(all);
  const auto host_config = host::Config::read(settings);
  const auto door_port = HealthDoor::read_port(settings);
  for (const auto& entry : entries) entry.describe(settings);
  if (const auto good = settings.finish(); !good) {
    std::fprintf(stderr, "%s\n", good.error().message.c_str());
    return 2;
  }
  host::Host host(host_config);
  const auto log = host.logger("cliffhanger");
  std::vector<std::unique_ptr<host::Module>> modules;
  for (const auto& entry : entries) modules.push_back(entry.make(settings, host));

  HealthDoor door(host, modules);
  int code = 0;
  for (const auto& module : modules) {
    if (const auto started = module->start(); !started) {
      log.error("can't start " + module->name(), started.error());
      code = 1;
      break;
    }
  }
  if (code == 0) {
    if (const auto opened = door.open(door_port); !opened) {
      log.error("can't open the health port", opened.error());
      code = 1;
    }
  }
  if (code == 0) {
    log.info("all started");
    int signal = 0;
    sigwait(&signals, &signal);
    log.info("stopping", {{"signal", signal}});
  }
  door.say_not_ready();
  drain(modules, host_config.drain);
  door.close();
  while (!modules.empty()) modules.pop_back();
  log.info("all stopped");
  return code;
}

}  // namespace

int serve(const Arguments& arguments) {
  if (!arguments.empty() && (arguments[0] == "--help" || arguments[0] == "-h")) {
    print_help(stdout);
    return 0;
  }
  const auto entries = chosen(arguments);
  if (entries.empty()) {
    print_help(stderr);
    return 2;
  }
  tune_allocator();
  raise_descriptor_limit();
  try {
    return run(entries);
  } catch (const std::exception& why) {
    std::fprintf(stderr, "cliffhanger: %s\n", why.what());
    return 1;
  }
}

}  // namespace cliffhanger::app
