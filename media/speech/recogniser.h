// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once
// English speech → words, by pocketsphinx.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "libs/core/result.h"
#include "libs/media/event.h"

namespace cliffhanger::media {

// One thread at a time. Memory: about 250 MB for the model.
class Recogniser {
 public:
  using Sink = std::function<void(const WordEvent&)>;
  // Reads the model's files; nothing is opened after that. Fails with MEDIA_SPEECH_MODEL.
  static Result<Recogniser> load(const std::string& folder);
  Recogniser(Recogniser&&) noexcept;
  ~Recogniser();

  // Mono sound at 16 kHz, pieces in order. Words are given at each pause, and after kMostUtterance of speech
  // without one.
  Result<void> add(std::span<const std::int16_t> samples, const Sink& sink);
  Result<void> finish(const Sink& sink);

 private:
  struct State;
  explicit Recogniser(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cliffhanger::media
