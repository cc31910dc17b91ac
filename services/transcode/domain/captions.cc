#include "services/transcode/domain/captions.h"

#include <algorithm>

#include "libs/captions/limits.h"
#include "services/transcode/domain/burn.h"

namespace cliffhanger::transcode {
namespace {

constexpr const char* kDraftLanguage = "en";

Error no_captions() {
  return not_found("CAPTIONS_NOT_FOUND", "The episode has no such captions.");
}

// A playlist quotes it, so that it can hold neither quotes nor new lines.
bool is_label(const std::string& label) {
  return std::none_of(label.begin(), label.end(),
                      [](char c) { return c == '"' || static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

Error refusal(const std::vector<captions::Note>& notes) {
  std::vector<FieldFault> faults;
  for (const captions::Note& note : notes) {
    faults.push_back(
        {"text", "line " + std::to_string(note.line) + ": " + note.reason + ": " + note.message});
  }
  const std::string first =
      notes.empty() ? "" : " Line " + std::to_string(notes[0].line) + ": " + notes[0].message;
  return invalid("CAPTIONS_INVALID", "The captions can't be used." + first, std::move(faults));
}

Error too_large(const std::string& why) {
  return invalid("CAPTIONS_INVALID", "The captions can't be used.",
                 {{"text", "line 1: TOO_LARGE: the file " + why}});
}

// Each segment of captions repeats what is shown in it.
Result<void> check_overlap(const std::vector<captions::Cue>& cues, std::int64_t duration_ms) {
  std::int64_t shown = 0;
  for (const captions::Cue& cue : cues) shown += cue.end_ms - cue.start_ms;
  if (shown <= kMostCuesAtOnce * std::max<std::int64_t>(duration_ms, 1000)) return {};
  return fail(too_large("shows more than " + std::to_string(kMostCuesAtOnce) + " cues at once on average"));
}

bool is_same(const CaptionsRecord& a, const CaptionsRecord& b) {
  return a.label == b.label && a.kind == b.kind && a.webvtt == b.webvtt;
}

bool is_new_language(const std::vector<CaptionsRecord>& there, const std::string& language) {
  return std::none_of(there.begin(), there.end(), [&](const auto& one) { return one.language == language; });
}

std::size_t languages(const std::vector<CaptionsRecord>& there) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < there.size(); ++i)
    count += i == 0 || there[i].language != there[i - 1].language ? 1 : 0;
  return count;
}

}  // namespace

Result<Captioning::Put> Captioning::put(EpisodeId episode, const OwnerFilter& owner,
                                        const NewCaptions& wanted) {
  if (!is_label(wanted.label))
    return fail(invalid("INVALID_REQUEST", "The label is no name.",
                        {{"label", "holds quotes or control characters"}}));
  CH_ASSIGN(const CaptionedEpisode of, deps_.shelf.open(episode, owner));
  captions::Reading reading = captions::read(wanted.text, {wanted.format, of.duration_ms});
  if (!reading.faults.empty()) return fail(refusal(reading.faults));
  CH_TRY(check_overlap(reading.cues, of.duration_ms));
  Put out;
  out.warnings = std::move(reading.warnings);
  CaptionsRecord& record = out.record;
  record.episode = episode;
  record.language = captions::canonical_language(wanted.language);
  record.label = wanted.label.empty() ? record.language : wanted.label;
  record.kind = wanted.kind;
  record.cues = static_cast<std::int64_t>(reading.cues.size());
  record.webvtt = captions::write(reading.cues);
  // It is read again whenever playlists are written.
  if (record.webvtt.size() > captions::limits::kMaxTextBytes)
    return fail(too_large("is longer than 1 MiB once it is written as WebVTT"));
  const captions::Reading again = captions::read(record.webvtt, {captions::Format::kWebVtt, 0});
  if (!again.faults.empty()) return fail(refusal(again.faults));
  record.updated = deps_.clock.now();

  CH_ASSIGN(const auto there, deps_.shelf.list(episode));
  if (is_new_language(there, record.language) && languages(there) >= kMaxCaptionLanguages)
    return fail(precondition("CAPTIONS_TOO_MANY", "An episode has captions in at most 32 languages."));
  CH_ASSIGN(const auto before, deps_.shelf.find(episode, record.language, CaptionsState::kPublic));
  if (before && is_same(*before, record)) {
    out.record = *before;
    return out;
  }
  CH_TRY(deps_.shelf.save(record));
  CH_TRY(deps_.shelf.refresh(of));
  CH_ASSIGN(out.record, get(episode, owner, record.language, CaptionsState::kPublic));
  return out;
}

Result<std::vector<CaptionsRecord>> Captioning::list(EpisodeId episode, const OwnerFilter& owner) {
  CH_TRY(deps_.shelf.look(episode, owner).map([](const auto&) {}));
  return deps_.shelf.list(episode);
}

Result<CaptionsRecord> Captioning::get(EpisodeId episode, const OwnerFilter& owner,
                                       const std::string& language, CaptionsState state) {
  CH_TRY(deps_.shelf.look(episode, owner).map([](const auto&) {}));
  CH_ASSIGN(auto found, deps_.shelf.find(episode, captions::canonical_language(language), state));
  if (!found) return fail(no_captions());
  return std::move(*found);
}

Result<void> Captioning::remove(EpisodeId episode, const OwnerFilter& owner, const std::string& language,
                                bool draft_only) {
  CH_ASSIGN(const CaptionedEpisode of, deps_.shelf.open(episode, owner));
  const std::string tag = captions::canonical_language(language);
  CH_TRY(deps_.shelf.remove(episode, tag, CaptionsState::kDraft).map([](bool) {}));
  if (draft_only) return {};
  CH_ASSIGN(const bool was, deps_.shelf.remove(episode, tag, CaptionsState::kPublic));
  CH_TRY(deps_.shelf.unwish_burned(episode, tag).map([](bool) {}));
  return was ? deps_.shelf.refresh(of) : Result<void>();
}

Result<CaptionsRecord> Captioning::approve(EpisodeId episode, const OwnerFilter& owner,
                                           const std::string& language) {
  CH_ASSIGN(const CaptionedEpisode of, deps_.shelf.open(episode, owner));
  const std::string tag = captions::canonical_language(language);
  CH_ASSIGN(auto draft, deps_.shelf.find(episode, tag, CaptionsState::kDraft));
  if (!draft) {
    CH_ASSIGN(auto before, deps_.shelf.find(episode, tag, CaptionsState::kPublic));
    if (!before) return fail(no_captions());
    return std::move(*before);
  }
  CH_TRY(deps_.shelf.remove(episode, tag, CaptionsState::kDraft).map([](bool) {}));
  draft->state = CaptionsState::kPublic;
  draft->updated = deps_.clock.now();
  CH_TRY(deps_.shelf.save(*draft));
  CH_TRY(deps_.shelf.refresh(of));
  return get(episode, owner, tag, CaptionsState::kPublic);
}

Result<void> Captioning::draft(EpisodeId episode, const OwnerFilter& owner, const std::string& language) {
  CH_ASSIGN(const CaptionedEpisode of, deps_.shelf.open(episode, owner));
  const std::string tag = captions::canonical_language(language);
  if (tag != kDraftLanguage)
    return fail(
        invalid("CAPTIONS_LANGUAGE_UNSUPPORTED", "A machine can write captions in English (en) only."));
  if (!of.ready) return fail(precondition("REVISION_NOT_READY", "The episode's newest media is not ready."));
  CH_ASSIGN(const auto there, deps_.shelf.list(episode));
  if (is_new_language(there, tag) && languages(there) >= kMaxCaptionLanguages)
    return fail(precondition("CAPTIONS_TOO_MANY", "An episode has captions in at most 32 languages."));
  CH_ASSIGN(const auto before, deps_.shelf.find(episode, tag, CaptionsState::kDraft));
  return before ? Result<void>() : deps_.shelf.ask_for_draft(of);
}

Result<CaptionsRecord> Captioning::burn(EpisodeId episode, const OwnerFilter& owner,
                                        const std::string& language) {
  CH_ASSIGN(const CaptionedEpisode of, deps_.shelf.open(episode, owner));
  const std::string tag = captions::canonical_language(language);
  CH_ASSIGN(const auto there, deps_.shelf.find(episode, tag, CaptionsState::kPublic));
  if (!there) return fail(no_captions());
  CH_ASSIGN(const auto languages, deps_.shelf.burned_languages(episode));
  const bool known = std::find(languages.begin(), languages.end(), tag) != languages.end();
  if (!known && languages.size() >= kMaxBurnedLanguages)
    return fail(precondition("BURNED_CAPTIONS_TOO_MANY",
                             "An episode has captions in its pictures in at most 4 languages."));
  CH_ASSIGN(const bool news, deps_.shelf.wish_burned(episode, tag));
  if (news) CH_TRY(deps_.shelf.refresh(of));
  return get(episode, owner, tag, CaptionsState::kPublic);
}

Result<void> Captioning::unburn(EpisodeId episode, const OwnerFilter& owner, const std::string& language) {
  CH_ASSIGN(const CaptionedEpisode of, deps_.shelf.open(episode, owner));
  CH_ASSIGN(const bool was, deps_.shelf.unwish_burned(episode, captions::canonical_language(language)));
  return was ? deps_.shelf.refresh(of) : Result<void>();
}

Result<BurnedLists> Captioning::burned_lists(RevisionId revision, const std::string& language) {
  const std::string tag = captions::canonical_language(language);
  CH_ASSIGN(const auto manifest, deps_.shelf.burned_manifest(revision, tag));
  if (manifest) return BurnedLists{burned_playlist_name(tag), *manifest ? burned_manifest_name(tag) : ""};
  return fail(not_found("BURNED_CAPTIONS_NOT_FOUND",
                        "The captions of this language are not in the pictures of the episode."));
}

CaptionsRecord draft_of(EpisodeId episode, const std::vector<captions::Cue>& cues, Time now) {
  CaptionsRecord out;
  out.episode = episode;
  out.language = kDraftLanguage;
  out.label = "English";
  out.state = CaptionsState::kDraft;
  out.cues = static_cast<std::int64_t>(cues.size());
  out.webvtt = captions::write(cues);
  out.updated = now;
  return out;
}

}  // namespace cliffhanger::transcode
