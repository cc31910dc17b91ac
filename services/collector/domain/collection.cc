#include "services/collector/domain/collection.h"

namespace cliffhanger::collector {
namespace {

constexpr std::pair<State, std::string_view> kStates[] = {{State::kMarking, "marking"},
                                                          {State::kReading, "reading"},
                                                          {State::kRemoving, "removing"},
                                                          {State::kDone, "done"},
                                                          {State::kStopped, "stopped"}};

}  // namespace

std::string_view to_text(State state) {
  for (const auto& [known, text] : kStates)
    if (known == state) return text;
  return "";
}

Result<State> parse_state(std::string_view text) {
  for (const auto& [state, known] : kStates)
    if (known == text) return state;
  return fail(internal("BAD_STATE", "Not a state of a collection."));
}

std::vector<Found> look_at(Collection& collection, std::span<const Found> page) {
  Counts& counts = collection.counts;
  std::vector<Found> out;
  for (const Found& object : page) {
    ++counts.seen;
    counts.seen_bytes += object.bytes;
    if (!object.ours) {
      ++counts.foreign;
    } else if (object.modified >= collection.written_before) {
      ++counts.young;
    } else {
      out.push_back(object);
    }
    collection.cursor = object.key;
  }
  return out;
}

Result<void> check_share(const Collection& collection) {
  const Counts& counts = collection.counts;
  const auto exceeds = [&](std::int64_t part, std::int64_t whole) {
    return static_cast<double>(part) * 100 > static_cast<double>(whole) * collection.most_percent;
  };
  const std::int64_t objects = counts.condemned - counts.named, bytes = counts.condemned_bytes - counts.named_bytes;
  if (!exceeds(objects, counts.seen) && !exceeds(bytes, counts.seen_bytes)) return {};
  return fail(precondition("TOO_MUCH", "Nobody needs " + std::to_string(objects) + " of " + std::to_string(counts.seen) +
                                           " objects, with " + std::to_string(bytes) + " of " +
                                           std::to_string(counts.seen_bytes) + " bytes. That is more than " +
                                           std::to_string(collection.most_percent) +
                                           " %: make sure that no database was lost, and ask for more if that is right."));
}

}  // namespace cliffhanger::collector
