#include "services/insight/exports/part.h"

namespace cliffhanger::insight {

Result<void> PartWriter::add(std::string_view user, std::string_view line) {
  CH_TRY(gzip_.write(line));
  ++part_.lines;
  users_.emplace(user);
  return {};
}

Result<void> PartWriter::publish() {
  CH_TRY(gzip_.finish());
  part_.bytes = gzip_.bytes();
  return to_->publish();
}

Result<void> Keeping::learn(const std::vector<std::string>& lines) {
  std::vector<std::string> asked;
  for (const auto& line : lines) {
    CH_ASSIGN(const auto head, head_of(line));
    if (until_.try_emplace(std::string(head.user_id), "~").second) asked.emplace_back(head.user_id);
  }
  if (asked.empty()) return {};
  CH_ASSIGN(const auto known, ask_(asked));
  for (const auto& [user, since] : known.refused) until_[user] = since;
  for (const auto& user : known.erased) until_[user] = "";
  return {};
}

Result<void> Keeping::sift(
    const std::vector<std::string>& lines,
    const std::function<Result<void>(std::string_view user, const std::string& line)>& keep) {
  CH_TRY(learn(lines));
  for (const auto& line : lines) {
    CH_ASSIGN(const auto head, head_of(line));
    if (head.received_time < until_.at(std::string(head.user_id))) CH_TRY(keep(head.user_id, line));
  }
  return {};
}

}  // namespace cliffhanger::insight
