#include "libs/obs/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "libs/core/clock.h"

namespace cliffhanger::obs {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostValueBytes = 4096;

std::string_view name_of(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarn: return "warn";
    case Level::kError: return "error";
  }
  return "info";
}

class StderrLog final : public Log {
 public:
  explicit StderrLog(Level least)
      : least_(least), sink_(std::make_shared<spdlog::sinks::stderr_sink_mt>()), out_("cliffhanger", sink_) {
    out_.set_pattern("%v");
    out_.set_level(spdlog::level::trace);
    out_.flush_on(spdlog::level::trace);
  }

  void write(Level level, std::string_view service, std::string_view message, std::initializer_list<Field> fields,
             const Trace* trace) override {
    if (level < least_) return;
    json::object line;
    line["time"] = to_rfc3339(SystemClock().now());
    line["level"] = name_of(level);
    line["service"] = service;
    line["message"] = message.substr(0, kMostValueBytes);
    if (trace && !trace->trace_id.empty()) {
      line["trace_id"] = trace->trace_id;
      line["span_id"] = trace->span_id;
    }
    for (const auto& field : fields) {
      std::visit(
          [&](const auto& value) {
            if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
              line[field.key] = std::string_view(value).substr(0, kMostValueBytes);
            } else {
              line[field.key] = value;
            }
          },
          field.value);
    }
    out_.log(spdlog::level::info, "{}", json::serialize(line));
  }

 private:
  Level least_;
  std::shared_ptr<spdlog::sinks::stderr_sink_mt> sink_;
  spdlog::logger out_;
};

std::string joined(const std::vector<std::string>& breadcrumbs) {
  std::string out;
  for (const auto& crumb : breadcrumbs) out += (out.empty() ? "" : " < ") + crumb;
  return out;
}

}  // namespace

std::shared_ptr<Log> Log::to_stderr(Level least) { return std::make_shared<StderrLog>(least); }

void Logger::debug(std::string_view message, std::initializer_list<Field> fields, const Trace* trace) const {
  log_->write(Level::kDebug, service_, message, fields, trace);
}
void Logger::info(std::string_view message, std::initializer_list<Field> fields, const Trace* trace) const {
  log_->write(Level::kInfo, service_, message, fields, trace);
}
void Logger::warn(std::string_view message, std::initializer_list<Field> fields, const Trace* trace) const {
  log_->write(Level::kWarn, service_, message, fields, trace);
}
void Logger::error(std::string_view message, std::initializer_list<Field> fields, const Trace* trace) const {
  log_->write(Level::kError, service_, message, fields, trace);
}
void Logger::error(std::string_view message, const Error& why, const Trace* trace) const {
  log_->write(Level::kError, service_, message,
              {{"reason", why.reason}, {"detail", why.message}, {"where", joined(why.breadcrumbs)}}, trace);
}

Level parse_level(std::string_view text) {
  for (const auto level : {Level::kDebug, Level::kWarn, Level::kError}) {
    if (text == name_of(level)) return level;
  }
  return Level::kInfo;
}

}  // namespace cliffhanger::obs
