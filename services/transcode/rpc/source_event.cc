#include "services/transcode/rpc/source_event.h"

namespace cliffhanger::transcode {
namespace {

Result<media::ProbeEvent> probe_from(const std::string& json) {
  CH_ASSIGN(media::Event event, media::parse_event(json));
  if (auto* probe = std::get_if<media::ProbeEvent>(&event)) return std::move(*probe);
  return fail(internal("MEDIA_PROTOCOL", "The source came without its probe."));
}

// What is told of a source alike, whether all of it is there or its beginning.
template <class Event>
Result<Source> source_from(const Event& event) {
  Source source;
  CH_ASSIGN(source.id, SourceId::parse(event.source_id()));
  CH_ASSIGN(source.episode, EpisodeId::parse(event.episode_id()));
  CH_ASSIGN(source.owner, UserId::parse(event.owner_id()));
  if (!event.series_id().empty()) {
    CH_ASSIGN(source.series, SeriesId::parse(event.series_id()));
  }
  source.object_key = event.object_key();
  return source;
}

template <class Event>
Head head_from(const Event& event) {
  return {event.head_sha256(), event.head_bytes(), event.length()};
}

}  // namespace

Result<void> accept_source(Planning& planning, const Call& call, const ingest::v1::SourceVerified& event) {
  CH_ASSIGN(Source source, source_from(event));
  source.sha256 = event.sha256();
  if (event.has_verify_time()) {
    source.verified = time_of(event.verify_time());
  }
  return planning.accept(call.caller.tenant, source, probe_from(event.probe_json()), call.trace.header(), head_from(event));
}

Result<void> accept_head(Planning& planning, const Call& call, const ingest::v1::SourceHeadArrived& event) {
  CH_ASSIGN(const Source source, source_from(event));
  return planning.begin_early(call.caller.tenant, source, probe_from(event.probe_json()), call.trace.header(), head_from(event));
}

Result<void> end_head(Planning& planning, const ingest::v1::SourceHeadGone& event) {
  CH_ASSIGN(const auto source, SourceId::parse(event.source_id()));
  return planning.end_early(source);
}

}  // namespace cliffhanger::transcode
