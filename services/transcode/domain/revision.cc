#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

std::string_view to_text(State state) {
  switch (state) {
    case State::kProcessing:
      return "processing";
    case State::kProvisional:
      return "provisional";
    case State::kReady:
      return "ready";
    case State::kFailed:
      return "failed";
    case State::kCancelled:
      return "cancelled";
    case State::kEarly:
      return "early";
  }
  return "";
}

Result<State> parse_state(std::string_view text) {
  for (const State state :
       {State::kProcessing, State::kProvisional, State::kReady, State::kFailed, State::kCancelled, State::kEarly}) {
    if (to_text(state) == text) return state;
  }
  return fail(internal("BAD_STATE", "A revision in an unknown state."));
}

bool is_open(State state) {
  return state == State::kProcessing || state == State::kProvisional;
}

bool may_move(State from, State to) {
  switch (from) {
    case State::kProcessing:
    case State::kProvisional:
      return to != State::kProcessing && to != from;
    case State::kFailed:
      return to == State::kProcessing;
    case State::kReady:
    case State::kCancelled:
    case State::kEarly:
      return false;
  }
  return false;
}

}  // namespace cliffhanger::transcode
