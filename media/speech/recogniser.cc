// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/speech/recogniser.h"

extern "C" {
#include <pocketsphinx.h>
#include <sphinxbase/err.h>
}

#include <algorithm>

namespace cliffhanger::media {
namespace {

constexpr std::int64_t kRate = 16'000, kFrameMs = 10;
constexpr std::size_t kChunk = 1600;                 // 0.1 s: how finely pauses are found
constexpr std::int64_t kMostUtterance = 20 * kRate;  // memory grows with it
constexpr std::size_t kMostWord = 42;                // letters

Error failed() {
  return internal("MEDIA_INTERNAL", "The speech could not be recognised.");
}

// "read(2)" is another way to say "read"; what is in brackets is a noise.
std::string word_of(const char* found) {
  const std::string_view text = found == nullptr ? "" : found;
  if (text.empty() || text.find_first_of("<[+") != std::string_view::npos) return {};
  std::string word(text.substr(0, text.find('(')));
  return word.size() > kMostWord ? std::string() : word;
}

}  // namespace

struct Recogniser::State {
  cmd_ln_t* config = nullptr;
  ps_decoder_t* decoder = nullptr;
  bool speaking = false;
  std::int64_t heard = 0;   // samples so far
  std::int64_t length = 0;  // of the utterance
  std::int64_t last_ms = 0;
  ~State() {
    if (decoder != nullptr) ps_free(decoder);
    if (config != nullptr) cmd_ln_free_r(config);
  }
  Result<void> begin() {
    speaking = false;
    length = 0;
    return ps_start_utt(decoder) < 0 ? Result<void>(fail(failed())) : Result<void>();
  }
  Result<void> end(const Sink& sink) {
    if (ps_end_utt(decoder) < 0) return fail(failed());
    for (ps_seg_t* at = ps_seg_iter(decoder); at != nullptr; at = ps_seg_next(at)) {
      int first = 0, last = 0;
      ps_seg_frames(at, &first, &last);
      WordEvent event{word_of(ps_seg_word(at)), first * kFrameMs, (last + 1) * kFrameMs};
      event.start_ms = std::max(event.start_ms, last_ms);
      if (event.text.empty() || event.end_ms <= event.start_ms) continue;
      last_ms = event.end_ms;
      sink(event);
    }
    return {};
  }
};

Recogniser::Recogniser(std::unique_ptr<State> state) : state_(std::move(state)) {}
Recogniser::Recogniser(Recogniser&&) noexcept = default;
Recogniser::~Recogniser() = default;

Result<Recogniser> Recogniser::load(const std::string& folder) {
  err_set_logfp(nullptr);
  auto state = std::make_unique<State>();
  const std::string hmm = folder + "/en-us", lm = folder + "/en-us.lm.bin",
                    dict = folder + "/cmudict-en-us.dict";
  state->config = cmd_ln_init(nullptr, ps_args(), 1, "-hmm", hmm.c_str(), "-lm", lm.c_str(), "-dict",
                              dict.c_str(), "-samprate", "16000", "-fwdflat", "no", "-maxhmmpf", "8000",
                              "-maxwpf", "20", static_cast<const char*>(nullptr));
  if (state->config != nullptr) state->decoder = ps_init(state->config);
  if (state->decoder == nullptr || ps_start_stream(state->decoder) < 0)
    return fail(internal("MEDIA_SPEECH_MODEL", "The model of English speech is not installed."));
  CH_TRY(state->begin());
  return Recogniser(std::move(state));
}

Result<void> Recogniser::add(std::span<const std::int16_t> samples, const Sink& sink) {
  State& it = *state_;
  for (std::size_t at = 0; at < samples.size(); at += kChunk) {
    const auto part = samples.subspan(at, std::min(kChunk, samples.size() - at));
    if (ps_process_raw(it.decoder, part.data(), part.size(), FALSE, FALSE) < 0) return fail(failed());
    const bool speaking = ps_get_in_speech(it.decoder) != 0;
    it.length += speaking ? static_cast<std::int64_t>(part.size()) : 0;
    const bool ended = (it.speaking && !speaking) || it.length >= kMostUtterance;
    it.speaking = speaking;
    if (!ended) continue;
    CH_TRY(it.end(sink));
    CH_TRY(it.begin());
  }
  return {};
}

Result<void> Recogniser::finish(const Sink& sink) {
  return state_->end(sink);
}

}  // namespace cliffhanger::media
