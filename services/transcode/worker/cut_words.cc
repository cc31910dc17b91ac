#include "services/transcode/worker/cut_words.h"

#include <algorithm>
#include <optional>
#include <set>

#include "services/transcode/worker/additions.h"
#include "services/transcode/worker/captions_index.h"
#include "services/transcode/worker/cut_footage.h"
#include "services/transcode/worker/ledger.h"
#include "services/transcode/worker/outdated.h"

namespace cliffhanger::transcode {

Result<CutWords> read_words(PgCaptions& captions, const Revision& cut) {
  std::set<EpisodeId> films;  // in one order for all, since each is locked
  for (const CutStretch& one : cut.stretches) films.insert(one.episode);
  CutWords out;
  for (const EpisodeId& film : films) {
    CH_ASSIGN(out[film], captions.published(film));
  }
  // What was put since a film was replaced is timed by the later one. Looked at behind the locks: who puts
  // text knows the film that it is for.
  CH_ASSIGN(const auto replaced, captions.replaced(cut.id));
  for (const auto& one : replaced)
    std::erase_if(out[one.first], [&](const CaptionsRecord& text) { return text.updated >= one.second; });
  return out;
}

bool same(const CutWords& a, const CutWords& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && same(x.second, y.second);
  });
}

bool is_silent(const CutWords& words) {
  return std::all_of(words.begin(), words.end(), [](const auto& one) { return one.second.empty(); });
}

Result<void> put_words(FinishedIndex& index, const Revision& cut, const std::vector<Stretch>& stretches,
                       const CutWords& words) {
  std::map<EpisodeId, std::vector<CaptionsTrack>> tracks;
  for (const auto& [film, records] : words) tracks[film] = tracks_of(records);
  std::vector<const std::vector<CaptionsTrack>*> films;
  for (const CutStretch& one : cut.stretches) films.push_back(&tracks[one.episode]);
  return add_captions(index, stretches, cut_captions(films));
}

// As of a film (worker/dressing.cc), but its captions are those of the films. It is left as it is once one of
// them was replaced: what was said there can't be had any more.
Result<void> Ledger::dress_cut(const Work& work, const Revision& cut) {
  auto index = FinishedIndex::open(deps_.blobs, cut, deps_.clock.now());
  if (!index && index.error().reason == "OBJECT_NOT_FOUND")  // taken back meanwhile
    return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, work.task); });
  if (!index) return fail(std::move(index).error());
  CutWords words;
  using Footage = std::optional<CutFootage>;
  CH_ASSIGN(const Footage footage,
            transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<Footage> {
              PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
              CH_ASSIGN(words, read_words(captions, cut));
              CH_ASSIGN(const auto replaced, captions.replaced(cut.id));
              if (!replaced.empty()) {
                CH_TRY(sql::complete_task(tx, work.task));
                return Footage();
              }
              CH_ASSIGN(CutFootage found, read_footage(revisions, cut));
              return Footage(std::move(found));
            }));
  if (!footage) return {};
  CH_TRY(put_words(*index, cut, footage->stretches, words));
  if (index->has_changed()) CH_TRY(deps_.inspect(deps_.blobs, index->presentation()).map([](const auto&) {}));
  return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(Revision revision, revisions.lock(cut.id));
    CH_TRY(sql::complete_task(tx, work.task));
    PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
    CH_ASSIGN(const bool kept, captions.is_kept(revision.id));
    if (!kept) return {};
    CH_ASSIGN(const CutWords now, read_words(captions, revision));
    if (!same(now, words)) return fail(outdated("Captions"));
    CH_ASSIGN(revision.published, index->save());
    return revisions.save(revision);
  });
}

}  // namespace cliffhanger::transcode
