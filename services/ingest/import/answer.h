#pragma once
// The head of an HTTP answer, line by line.
#include <map>

#include "services/ingest/import/fetch.h"

namespace cliffhanger::ingest {

// Collects what libcurl hands over of the heads of one answer, 1xx included.
class Answer {
 public:
  // A line with its end. Fails with IMPORT_REFUSED beyond kMostHeadBytes.
  Result<void> add(std::string_view line);
  // Whether the head that counts is whole; later lines are trailers.
  bool complete() const { return complete_; }
  int status() const { return status_; }
  // Where a redirect leads; empty if this is none.
  std::string location() const;
  // The head of 200 and 206, and of 416 if `from` is the end, as an answer to a request for the bytes from
  // `from` on. Else the error that it stands for; see fetch().
  Result<FetchHead> judge(std::int64_t from) const;

 private:
  std::string value(const std::string& name) const;
  std::string validator() const;
  Result<FetchHead> judge_end(std::int64_t from) const;
  Result<FetchHead> judge_part(FetchHead head, std::int64_t from) const;
  Error failure() const;
  // By name in lower case; of a field that comes twice, the values joined.
  std::map<std::string, std::string> fields_;
  std::int64_t bytes_ = 0;
  int status_ = 0;
  bool complete_ = false;
};

}  // namespace cliffhanger::ingest
