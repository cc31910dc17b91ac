#pragma once
// Real servers for tests, each with a folder and sockets of its own, gone with the object.
#include <memory>
#include <string>

#include "libs/core/embedded.h"

namespace cliffhanger::harness {

// A folder under /tmp that is removed with the object. Short, since socket paths are at most 107 characters.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// PostgreSQL 15 on a Unix socket. Started once per test process by Postgres::shared(); tests take databases of their own from it.
// Aborts the test if the server can't be started.
class Postgres {
 public:
  Postgres();
  ~Postgres();
  static Postgres& shared();
  // A new, empty database; the connection string.
  std::string new_database();
  // Where it listens, for a TcpGate.
  std::string socket() const { return dir_.path() + "/.s.PGSQL.5432"; }
  // Stops at once, as if the machine had lost power, and starts again.
  void kill();
  void start();

 private:
  std::string conninfo(const std::string& database) const;
  TempDir dir_;
  int pid_ = -1;
  int databases_ = 0;
};

// Redis 7 on a Unix socket.
class Redis {
 public:
  Redis();
  ~Redis();
  static Redis& shared();
  std::string url() const;  // unix:///…
  void kill();
  void start();

 private:
  TempDir dir_;
  int pid_ = -1;
};

// npm's s3rver on a port of 127.0.0.1 that it picks, with the buckets "cliffhanger" and "other"; keeps objects in a folder of its own. It
// knows the key below, but checks no signature of version 4. tests/system/node_modules must be there (npm ci in tests/system).
class S3 {
 public:
  static constexpr char kKeyId[] = "S3RVER", kSecret[] = "S3RVER", kBucket[] = "cliffhanger", kOtherBucket[] = "other";
  // Over https with the PEM files of a certificate and its key.
  explicit S3(const std::string& certificate = "", const std::string& key = "");
  ~S3();
  static S3& shared();
  int port() const { return port_; }
  std::string folder() const { return dir_.path() + "/data"; }  // a bucket's objects are in the folder of its name

 private:
  TempDir dir_;
  int pid_ = -1;
  int port_ = 0;
};

// The path of ../shared beside the source tree (or CLIFFHANGER_SHARED_DIR) plus `name`; empty if that file is not there.
std::string shared_file(const std::string& name);

}  // namespace cliffhanger::harness
