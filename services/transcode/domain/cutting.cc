#include "services/transcode/domain/cutting.h"

#include <algorithm>
#include <map>

#include "libs/media/limits.h"
#include "services/transcode/domain/appearances.h"
#include "services/transcode/domain/cut_presentation.h"

namespace cliffhanger::transcode {
namespace {

// A film of which something is taken.
struct Footage {
  RevisionId id;
  Plan plan;
  Assembly assembly;  // with its dubs, each in the track of its language
  std::vector<FilmDub> dubs;
  std::set<PieceName> names;  // what is taken of it
};

Result<Footage> read(Films& films, Revision film) {
  CH_ASSIGN(const Assembly own, films.assembly(film.id));
  CH_ASSIGN(auto dubs, films.dubs(film.id));
  std::vector<Piece> pieces = own.in_order();
  for (const FilmDub& dub : dubs) {
    CH_ASSIGN(auto more, films.dub_pieces(film.id, dub));
    for (Piece& piece : more) {
      piece.name.track = sound_track(dub.language);
      pieces.push_back(std::move(piece));
    }
  }
  return Footage{film.id, std::move(*film.plan), Assembly(std::move(pieces)), std::move(dubs), {}};
}

std::int64_t segments_in(const std::vector<Footage>& films) {
  std::int64_t out = 0;
  for (const Footage& film : films) {
    out += std::count_if(film.names.begin(), film.names.end(),
                         [](const PieceName& name) { return name.index != kInit && !is_still(name.track); });
  }
  return out;
}

// The films, each once, and which of them each stretch is of.
class Reel {
 public:
  explicit Reel(Films& films) : films_(films) {}

  Result<void> add(const WantedStretch& wanted, UserId owner) {
    auto known = known_.find(wanted.episode);
    if (known == known_.end()) {
      CH_ASSIGN(Revision film, films_.film(wanted.episode, owner));
      CH_ASSIGN(Footage footage, read(films_, std::move(film)));
      known = known_.emplace(wanted.episode, footage_.size()).first;
      footage_.push_back(std::move(footage));
    }
    CH_ASSIGN(const Extent taken, extent(footage_[known->second].plan, wanted.from_ms, wanted.to_ms));
    of_.push_back(known->second);
    made_.push_back({wanted.episode, footage_[known->second].id, taken.from_ms, taken.to_ms});
    return {};
  }

  // Whether it can be shown, and what is taken for it.
  Result<void> choose() {
    std::vector<Stretch> stretches;
    for (std::size_t i = 0; i < made_.size(); ++i) {
      const Footage& film = footage_[of_[i]];
      stretches.push_back(
          {&film.plan, &film.assembly, film_folder(of_[i]), made_[i].from_ms, made_[i].to_ms});
    }
    CH_TRY(cut_presentation(stretches).map([](const Presentation&) {}));
    CH_ASSIGN(const auto names, needed(stretches));
    for (std::size_t i = 0; i < names.size(); ++i)
      footage_[of_[i]].names.insert(names[i].begin(), names[i].end());
    footage_[of_[0]].names.insert({std::string(kCover), 0});
    return {};
  }

  std::int64_t duration_ms() const {
    std::int64_t out = 0;
    for (const CutStretch& one : made_) out += one.to_ms - one.from_ms;
    return out;
  }
  std::size_t pieces() const {
    std::size_t out = 0;
    for (const Footage& film : footage_) out += film.names.size();
    return out;
  }
  const std::vector<CutStretch>& made() const { return made_; }
  const std::vector<Footage>& footage() const { return footage_; }

 private:
  Films& films_;
  std::map<EpisodeId, std::size_t> known_;
  std::vector<Footage> footage_;
  std::vector<std::size_t> of_;  // by stretch: index into footage_
  std::vector<CutStretch> made_;
};

}  // namespace

std::string film_folder(std::size_t film) {
  return std::to_string(film) + "/";
}

PieceName in_cut(std::size_t film, PieceName name) {
  name.track = film_folder(film) + name.track;
  return name;
}

Result<Revision> Cutting::cut(const Call& call, EpisodeId episode, UserId owner,
                              const std::vector<WantedStretch>& wanted) {
  if (wanted.empty() || wanted.size() > kMostStretches)
    return fail(invalid("REUSE_NOTHING", "A cut has 1 to " + std::to_string(kMostStretches) + " stretches."));
  CH_TRY(deps_.revisions.lock_episode(episode));
  CH_ASSIGN(const bool gone, deps_.revisions.episode_gone(episode));
  if (gone) return fail(not_found("EPISODE_NOT_FOUND", "There is no such episode."));
  // Its film would come after the cut, and look like the older one.
  CH_ASSIGN(const bool busy, deps_.films.is_being_made(episode));
  if (busy)
    return fail(precondition("REVISION_NOT_READY", "The episode's upload is still being transcoded."));
  std::set<EpisodeId> films;
  for (const WantedStretch& one : wanted) films.insert(one.episode);
  CH_ASSIGN(const auto down, deps_.films.taken_down(films));
  Reel reel(deps_.films);
  for (const WantedStretch& one : wanted) CH_TRY(reel.add(one, owner));
  // Of one's own films alone one hears that.
  if (!down.empty()) return fail(film_taken_down(down));
  if (reel.duration_ms() > media::limits::kMaxDurationMs)
    return fail(invalid("REUSE_TOO_LONG", "A cut lasts an hour at most."));
  CH_TRY(reel.choose());

  CH_TRY(deps_.revisions.supersede(episode));
  Revision revision;
  revision.created = deps_.clock.now();
  revision.told = revision.created;
  revision.id = RevisionId::make(revision.created, deps_.random);
  revision.tenant = call.caller.tenant;
  revision.source.episode = episode;
  revision.source.owner = owner;
  revision.traceparent = call.trace.header();
  revision.stretches = reel.made();
  revision.duration_ms = reel.duration_ms();
  revision.segments_total = segments_in(reel.footage());
  CH_TRY(deps_.revisions.add(revision, {}));
  for (std::size_t i = 0; i < reel.footage().size(); ++i) {
    const Footage& film = reel.footage()[i];
    CH_TRY(deps_.films.take(revision.id, i, film.id, {film.names.begin(), film.names.end()}, film.dubs));
  }
  CH_ASSIGN(const auto held, deps_.revisions.hold(revision.id));
  if (held.size() != reel.pieces())
    return fail(precondition("REVISION_NOT_READY", "A film was removed in this moment."));
  CH_TRY(deps_.revisions.add_task(revision, package_run()));
  CH_TRY(deps_.revisions.tell_started(revision));
  revision.segments_done = revision.segments_total;
  return revision;
}

}  // namespace cliffhanger::transcode
