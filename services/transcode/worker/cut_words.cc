#include "services/transcode/worker/cut_words.h"

#include <algorithm>
#include <optional>

#include "services/transcode/worker/additions.h"
#include "services/transcode/worker/captions_index.h"
#include "services/transcode/worker/cut_footage.h"
#include "services/transcode/worker/ledger.h"
#include "services/transcode/worker/outdated.h"

namespace cliffhanger::transcode {
namespace {

using Tracks = std::vector<CaptionsTrack>;

// What the index says in each stretch of a film that was replaced; nothing for the others. Its files are in
// the film's time, and none goes over a join.
Result<std::vector<Tracks>> said_so_far(const FinishedIndex& index, const Revision& cut,
                                        const CutWords& words) {
  std::vector<Tracks> out(cut.stretches.size());
  if (words.replaced.empty()) return out;
  std::vector<bool> wanted;
  for (const CutStretch& one : cut.stretches) wanted.push_back(words.replaced.contains(one.episode));
  CH_ASSIGN(const std::string main, index.text("main.m3u8"));
  for (const CaptionsTrack& track : subtitles_of(main)) {
    const std::string name = captions_playlist_name(track.language);
    CH_ASSIGN(const std::string list, index.old_text(name));
    CH_ASSIGN(auto cues, cues_of_stretches(list, wanted, [&](const std::string& uri) {
                return index.old_text(name.substr(0, name.rfind('/') + 1) + uri);
              }));
    for (std::size_t i = 0; i < cues.size(); ++i)
      if (!cues[i].empty()) out[i].push_back({track.language, track.label, track.kind, std::move(cues[i])});
  }
  return out;
}

// Where both have a language, the record: it is what the film said last.
void add_others(Tracks& to, Tracks from) {
  for (CaptionsTrack& track : from) {
    const bool known =
        std::any_of(to.begin(), to.end(), [&](const auto& one) { return one.language == track.language; });
    if (!known) to.push_back(std::move(track));
  }
}

}  // namespace

Result<CutWords> read_words(PgCaptions& captions, const Revision& cut) {
  CutWords out;
  for (const CutStretch& one : cut.stretches) out.films[one.episode];
  // In one order for all, since each is locked.
  for (auto& [film, records] : out.films) {
    CH_ASSIGN(records, captions.published(film));
  }
  // What was put since a film was replaced is timed by the later one. Looked at behind the locks: who puts
  // text knows the film that it is for.
  CH_ASSIGN(const auto replaced, captions.replaced(cut.id));
  for (const auto& [film, since] : replaced) {
    out.replaced.insert(film);
    std::erase_if(out.films[film], [&](const CaptionsRecord& text) { return text.updated >= since; });
  }
  return out;
}

bool same(const CutWords& a, const CutWords& b) {
  return a.replaced == b.replaced && std::equal(a.films.begin(), a.films.end(), b.films.begin(),
                                                b.films.end(), [](const auto& x, const auto& y) {
                                                  return x.first == y.first && same(x.second, y.second);
                                                });
}

bool is_silent(const CutWords& words) {
  return std::all_of(words.films.begin(), words.films.end(),
                     [](const auto& one) { return one.second.empty(); });
}

Result<void> put_words(FinishedIndex& index, const Revision& cut, const std::vector<Stretch>& stretches,
                       const CutWords& words) {
  std::map<EpisodeId, Tracks> tracks;
  for (const auto& [film, records] : words.films) tracks[film] = tracks_of(records);
  CH_ASSIGN(auto said, said_so_far(index, cut, words));
  std::vector<const Tracks*> films;
  for (std::size_t i = 0; i < cut.stretches.size(); ++i) {
    const EpisodeId film = cut.stretches[i].episode;
    films.push_back(&tracks[film]);
    if (!words.replaced.contains(film)) continue;
    Tracks all = tracks[film];
    add_others(all, std::move(said[i]));
    said[i] = std::move(all);
    films.back() = &said[i];
  }
  return add_captions(index, stretches, cut_captions(films));
}

// As of a film (worker/dressing.cc), but its captions are those of the films, and tasks like this one are the
// only ones that write its index: so that needs no transaction. Whoever writes it looks afterwards whether
// what it wrote is still right, and does it again if not; so the last one to write is right, whatever came
// between. One that was killed there is followed by another at the same task. One that was so late that the
// task is another's, or that the cut is gone, has this put right by a further task.
Result<void> Ledger::dress_cut(const Work& work) {
  bool written = false;
  auto done = until_current([&] { return dress_cut_once(work, written); });
  if (done || !written || done.error().reason != "LEASE_LOST") return done;
  CH_TRY(transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
    CH_ASSIGN(const Revision cut, revisions.lock(work.revision.id));
    if (cut.state == State::kCancelled) return revisions.add_task(cut, withdraw_run());
    return PgCaptions(tx, work.call, deps_.clock, deps_.random).ask_again(cut);
  }));
  return done;
}

// Of a cut that is ready and kept: locked, and so is what its films say.
struct Ledger::Said {
  Revision cut;
  CutWords words;
};

// Nothing, and the task is done, if it is gone.
Result<std::optional<Ledger::Said>> Ledger::find_said(PgRevisions& revisions, sql::Tx& tx, const Work& work) {
  using Found = std::optional<Said>;
  CH_ASSIGN(Revision cut, revisions.lock(work.revision.id));
  PgCaptions captions(tx, work.call, deps_.clock, deps_.random);
  CH_ASSIGN(const bool kept, captions.is_kept(cut.id));
  if (!kept) {
    CH_TRY(sql::complete_task(tx, work.task));
    return Found();
  }
  CH_ASSIGN(CutWords words, read_words(captions, cut));
  return Found(Said{std::move(cut), std::move(words)});
}

Result<void> Ledger::dress_cut_once(const Work& work, bool& written) {
  CutFootage footage;
  CH_ASSIGN(const auto said, transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) {
              return find_said(revisions, tx, work).and_then([&](auto found) -> Result<std::optional<Said>> {
                if (!found) return Result<std::optional<Said>>();
                CH_ASSIGN(footage, read_footage(revisions, found->cut));
                return found;
              });
            }));
  if (!said) return {};
  auto index = FinishedIndex::open(deps_.blobs, said->cut, deps_.clock.now());
  if (!index && index.error().reason == "OBJECT_NOT_FOUND")  // taken back meanwhile
    return deps_.pool.transact([&](sql::Tx& tx) { return sql::complete_task(tx, work.task); });
  if (!index) return fail(std::move(index).error());
  CH_TRY(put_words(*index, said->cut, footage.stretches, said->words));
  if (index->has_changed()) CH_TRY(deps_.inspect(deps_.blobs, index->presentation()).map([](const auto&) {}));
  const auto look_again = [&](auto then) {
    return transact(work.call, [&](PgRevisions& revisions, sql::Tx& tx) -> Result<void> {
      CH_ASSIGN(auto now, find_said(revisions, tx, work));
      if (!now) return {};
      CH_TRY(sql::extend_lease(tx, work.task, lease_));
      if (!same(now->words, said->words)) return fail(outdated("Captions"));
      return then(revisions, tx, now->cut);
    });
  };
  bool current = false;
  CH_TRY(look_again([&](PgRevisions&, sql::Tx&, Revision&) -> Result<void> {
    current = true;
    return {};
  }));
  if (!current) return {};
  written = written || index->has_changed();
  CH_ASSIGN(const std::string name, index->save());
  return look_again([&](PgRevisions& revisions, sql::Tx& tx, Revision& cut) -> Result<void> {
    CH_TRY(sql::complete_task(tx, work.task));
    cut.published = name;
    return revisions.save(cut);
  });
}

}  // namespace cliffhanger::transcode
