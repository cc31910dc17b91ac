#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "libs/core/call.h"

namespace cliffhanger::obs {

enum class Level { kDebug, kInfo, kWarn, kError };

struct Field {
  std::string_view key;
  std::variant<std::string, std::int64_t, double, bool> value;
  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  template <std::integral N>
  Field(std::string_view k, N v) : key(k), value(static_cast<std::int64_t>(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
};

// One JSON object a line: time, level, service, message, the fields, and trace_id and span_id where there is a trace. Safe from many
// threads; never throws. Values are escaped by a real serialiser and cut at 4 KiB.
class Log {
 public:
  // Writes to standard error from `least` upwards.
  static std::shared_ptr<Log> to_stderr(Level least);
  virtual ~Log() = default;
  virtual void write(Level level, std::string_view service, std::string_view message,
                     std::initializer_list<Field> fields, const Trace* trace) = 0;
};

// A service's own end of the log; copied freely.
class Logger {
 public:
  Logger(std::shared_ptr<Log> log, std::string service) : log_(std::move(log)), service_(std::move(service)) {}
  void debug(std::string_view message, std::initializer_list<Field> fields = {}, const Trace* trace = nullptr) const;
  void info(std::string_view message, std::initializer_list<Field> fields = {}, const Trace* trace = nullptr) const;
  void warn(std::string_view message, std::initializer_list<Field> fields = {}, const Trace* trace = nullptr) const;
  void error(std::string_view message, std::initializer_list<Field> fields = {}, const Trace* trace = nullptr) const;
  // The whole error: reason, message, breadcrumbs.
  void error(std::string_view message, const Error& why, const Trace* trace = nullptr) const;
  const std::string& service() const { return service_; }
  Logger named(std::string service) const { return Logger(log_, std::move(service)); }

 private:
  std::shared_ptr<Log> log_;
  std::string service_;
};

Level parse_level(std::string_view text);  // debug, info, warn, error; anything else is info

}  // namespace cliffhanger::obs
