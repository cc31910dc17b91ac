#pragma once
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "libs/blob/blob.h"
#include "services/insight/domain/exports.h"
#include "services/insight/exports/event_line.h"
#include "services/insight/exports/gzip.h"

namespace cliffhanger::insight {

// A part that is being written: lines into a compressed object, with who is in them.
class PartWriter {
 public:
  PartWriter(ExportPart part, std::unique_ptr<blob::Writer> to)
      : part_(std::move(part)), to_(std::move(to)), gzip_(*to_) {}
  // With its end.
  Result<void> add(std::string_view user, std::string_view line);
  // Compressed, so far.
  std::int64_t bytes() const { return gzip_.bytes(); }
  std::int64_t lines() const { return part_.lines; }
  // The object is there, whole and durable. Afterwards:
  Result<void> publish();
  const ExportPart& part() const { return part_; }
  std::vector<std::string> users() const { return {users_.begin(), users_.end()}; }

 private:
  ExportPart part_;
  std::unique_ptr<blob::Writer> to_;
  GzipWriter gzip_;
  std::unordered_set<std::string> users_;
};

// Which lines of one tenant may stay. Asks about many people at once, and remembers.
class Keeping {
 public:
  struct Known {
    std::unordered_set<std::string> erased;
    std::vector<std::pair<std::string, std::string>> refused;  // and since when
  };
  using Ask = std::function<Result<Known>(const std::vector<std::string>& users)>;
  explicit Keeping(Ask ask) : ask_(std::move(ask)) {}
  // Calls `keep` with those of these lines that may stay, in order.
  Result<void> sift(const std::vector<std::string>& lines,
                    const std::function<Result<void>(std::string_view user, const std::string& line)>& keep);

 private:
  Result<void> learn(const std::vector<std::string>& lines);
  Ask ask_;
  std::unordered_map<std::string, std::string> until_;  // what came in then or later goes; "": everything; "~": nothing
};

}  // namespace cliffhanger::insight
