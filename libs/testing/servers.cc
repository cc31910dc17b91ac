#include "libs/testing/servers.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <pqxx/pqxx>
#include <stdexcept>
#include <thread>
#include <vector>

extern char** environ;

namespace cliffhanger::harness {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr char kPostgresBin[] = "/usr/lib/postgresql/15/bin/";

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "test server: %s\n", why.c_str());
  std::abort();
}

// PostgreSQL refuses to run as root, so root runs it as nobody.
std::vector<std::string> unprivileged(std::vector<std::string> command) {
  if (geteuid() != 0) return command;
  command.insert(command.begin(), {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
  return command;
}

int spawn(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  int pid = -1;
  const int failed = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) give_up("can't start " + command[0]);
  return pid;
}

void run(const std::vector<std::string>& command, const std::string& log) {
  const int pid = spawn(command, log);
  int status = 0;
  waitpid(pid, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) give_up(command[0] + " failed, see " + log);
}

void stop(int& pid, int signal) {
  if (pid <= 0) return;
  ::kill(pid, signal);
  waitpid(pid, nullptr, 0);
  pid = -1;
}

void wait_until(const std::string& what, const std::function<bool()>& ready) {
  for (int i = 0; i < 600; ++i) {
    if (ready()) return;
    std::this_thread::sleep_for(50ms);
  }
  give_up(what + " did not come up");
}

}  // namespace

TempDir::TempDir() {
  char name[] = "/tmp/ch-XXXXXX";
  if (mkdtemp(name) == nullptr) give_up("no temporary folder");
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

Postgres::Postgres() {
  fs::permissions(dir_.path(), fs::perms::all);
  const std::string data = dir_.path() + "/data";
  run(unprivileged({std::string(kPostgresBin) + "initdb", "-D", data, "-U", "postgres", "-A", "trust",
                    "--no-sync", "--no-locale", "-E", "UTF8"}),
      dir_.path() + "/initdb.log");
  start();
}

void Postgres::start() {
  pid_ = spawn(unprivileged({std::string(kPostgresBin) + "postgres", "-D", dir_.path() + "/data", "-k", dir_.path(),
                             "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200", "-c",
                             "shared_buffers=32MB"}),
               dir_.path() + "/postgres.log");
  wait_until("PostgreSQL", [&] {
    try {
      pqxx::connection link(conninfo("postgres"));
      return true;
    } catch (const std::exception&) {
      return false;
    }
  });
}

void Postgres::kill() { stop(pid_, SIGQUIT); }

Postgres::~Postgres() { stop(pid_, SIGQUIT); }

Postgres& Postgres::shared() {
  static Postgres server;
  return server;
}

std::string Postgres::conninfo(const std::string& database) const {
  return "host=" + dir_.path() + " user=postgres dbname=" + database;
}

std::string Postgres::new_database() {
  const std::string name = "test" + std::to_string(++databases_);
  pqxx::connection link(conninfo("postgres"));
  pqxx::nontransaction(link).exec("CREATE DATABASE " + name);
  return conninfo(name);
}

// A client may write to a server that a test killed; hiredis has no MSG_NOSIGNAL.
Redis::Redis() {
  signal(SIGPIPE, SIG_IGN);
  start();
}

void Redis::start() {
  pid_ = spawn({"redis-server", "--port", "0", "--unixsocket", dir_.path() + "/redis.sock", "--save", "",
                "--appendonly", "no", "--dir", dir_.path()},
               dir_.path() + "/redis.log");
  wait_until("Redis", [&] { return fs::exists(dir_.path() + "/redis.sock"); });
}

void Redis::kill() {
  stop(pid_, SIGKILL);
  fs::remove(dir_.path() + "/redis.sock");
}

Redis::~Redis() { stop(pid_, SIGKILL); }

Redis& Redis::shared() {
  static Redis server;
  return server;
}

std::string Redis::url() const { return "unix://" + dir_.path() + "/redis.sock"; }

S3::S3(const std::string& certificate, const std::string& key) {
  const char* source = std::getenv("CLIFFHANGER_SOURCE_DIR");
  const fs::path program = fs::path(source ? source : ".") / "tests/system/node_modules/s3rver/bin/s3rver.js";
  if (!fs::exists(program)) give_up(program.string() + " is missing: npm ci in tests/system");
  const std::string log = dir_.path() + "/s3rver.log";
  // Its continuation tokens want DES, which OpenSSL 3 keeps apart.
  std::vector<std::string> command = {
      "node", "--openssl-legacy-provider", program.string(), "--silent", "--directory", folder(), "--address", "127.0.0.1",
      "--port", "0", "--service-endpoint", "localhost", "--configure-bucket", kBucket, "--configure-bucket", kOtherBucket};
  if (!certificate.empty()) command.insert(command.end(), {"--cert", certificate, "--key", key});
  pid_ = spawn(command, log);
  wait_until("s3rver", [&] {
    std::ifstream lines(log);
    const std::string said(std::istreambuf_iterator<char>(lines), {});
    const std::string before = "listening on 127.0.0.1:";
    const auto at = said.find(before);
    if (at == std::string::npos || said.find('\n', at) == std::string::npos) return false;
    port_ = std::atoi(said.c_str() + at + before.size());
    return port_ > 0;
  });
}

S3::~S3() { stop(pid_, SIGKILL); }

S3& S3::shared() {
  static S3 server;
  return server;
}

std::string shared_file(const std::string& name) {
  const char* set = std::getenv("CLIFFHANGER_SHARED_DIR");
  const char* source = std::getenv("CLIFFHANGER_SOURCE_DIR");
  const fs::path folder = set ? fs::path(set) : fs::path(source ? source : ".") / ".." / "shared";
  std::error_code ignored;
  return fs::exists(folder / name, ignored) ? (folder / name).string() : std::string();
}

}  // namespace cliffhanger::harness
