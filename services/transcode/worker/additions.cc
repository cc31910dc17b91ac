#include "services/transcode/worker/additions.h"

#include <algorithm>

#include "libs/captions/captions.h"
#include "services/transcode/store/pg_burns.h"
#include "services/transcode/worker/burned_index.h"
#include "services/transcode/worker/captions_index.h"
#include "services/transcode/worker/dubs_index.h"

namespace cliffhanger::transcode {
namespace {

Result<std::vector<ShownDub>> dubs_of(PgDubs& shelf, const Revision& film, Encryption encryption) {
  CH_ASSIGN(auto records, shelf.of_revision(film.id));
  const std::int64_t segments = grid_of(*film.plan).segments();
  std::vector<ShownDub> out;
  for (DubRecord& record : records) {
    if (!out.empty() && out.back().record.dub.language == record.dub.language) continue;
    const std::string track = dub_track(record.dub.source, encryption);
    CH_ASSIGN(Assembly pieces, shelf.pieces(film.id, track));
    if (pieces.prefix(track) < segments) continue;
    out.push_back({std::move(record), track, std::move(pieces)});
  }
  return out;
}

}  // namespace

std::vector<CaptionsTrack> tracks_of(const std::vector<CaptionsRecord>& records) {
  std::vector<CaptionsTrack> tracks;
  for (const CaptionsRecord& record : records) {
    captions::Reading reading = captions::read(record.webvtt, {captions::Format::kWebVtt, 0});
    if (!reading.faults.empty()) continue;
    tracks.push_back({record.language, record.label, record.kind, std::move(reading.cues)});
  }
  return tracks;
}

Result<Additions> read_additions(PgCaptions& captions, PgDubs& dubs, const Revision& film,
                                 Encryption encryption) {
  Additions out;
  CH_ASSIGN(out.captions, captions.published(film.source.episode));  // locks dubs too
  CH_ASSIGN(out.dubs, dubs_of(dubs, film, encryption));
  CH_ASSIGN(out.burned, burnings_of(captions, film.source.episode, out.captions));
  return out;
}

Result<std::vector<Burning>> burnings_of(PgCaptions& captions, EpisodeId episode,
                                         const std::vector<CaptionsRecord>& published) {
  CH_ASSIGN(const auto wishes, captions.burned_languages(episode));
  std::vector<Burning> out;
  for (const CaptionsRecord& record : published) {
    if (std::find(wishes.begin(), wishes.end(), record.language) == wishes.end()) continue;
    const captions::Reading reading = captions::read(record.webvtt, {captions::Format::kWebVtt, 0});
    if (reading.faults.empty())
      out.push_back({record.language, burn_version(record.webvtt), burn_cues(reading.cues)});
  }
  return out;
}

bool same(const Assembly& a, const Assembly& b) {
  const auto one = a.in_order(), other = b.in_order();
  return std::equal(one.begin(), one.end(), other.begin(), other.end(), [](const Piece& x, const Piece& y) {
    return x.name == y.name && x.object_key == y.object_key && x.bytes == y.bytes;
  });
}

bool same(const std::vector<CaptionsRecord>& a, const std::vector<CaptionsRecord>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const CaptionsRecord& x, const CaptionsRecord& y) {
    return x.language == y.language && x.kind == y.kind && x.label == y.label && x.webvtt == y.webvtt;
  });
}

bool same(const Additions& a, const Additions& b) {
  const auto same_sound = [](const ShownDub& x, const ShownDub& y) {
    return x.record.dub.source == y.record.dub.source && same(x.pieces, y.pieces);
  };
  const auto same_burned = [](const Burning& x, const Burning& y) {
    return x.language == y.language && x.version == y.version;
  };
  return same(a.captions, b.captions) &&
         std::equal(a.burned.begin(), a.burned.end(), b.burned.begin(), b.burned.end(), same_burned) &&
         std::equal(a.dubs.begin(), a.dubs.end(), b.dubs.begin(), b.dubs.end(), same_sound);
}

Result<void> put_in(FinishedIndex& index, const Protection& protection, const Additions& additions) {
  std::vector<DubMedia> media;
  for (const ShownDub& one : additions.dubs) media.push_back({&one.record.dub, &one.pieces, one.track});
  index.keep([&](std::string_view name) {
    return std::any_of(additions.burned.begin(), additions.burned.end(),
                       [&](const Burning& one) { return is_burned_name(name, one.language); });
  });
  CH_TRY(add_captions(index, tracks_of(additions.captions)));
  CH_TRY(add_dubs(index, protection, media));
  for (const Burning& one : additions.burned) CH_TRY(share_dubs(index, one.language));
  return {};
}

Result<void> are_heard(PgDubs& shelf, RevisionId revision, const std::vector<ShownDub>& dubs) {
  for (const ShownDub& one : dubs) {
    DubProgress progress = one.record.progress;
    progress.state = DubState::kReady;
    CH_TRY(shelf.set(revision, one.record.dub.source, progress));
  }
  for (const ShownDub& one : dubs) CH_TRY(shelf.drop_replaced(one.record.dub));
  return {};
}

}  // namespace cliffhanger::transcode
