#include "services/transcode/worker/inspection.h"

#include <map>
#include <optional>
#include <utility>

#include "libs/conformance/check.h"

namespace cliffhanger::transcode {
namespace {

// A presentation that is not published yet: playlists in memory, media in the object store.
class RevisionSource : public conformance::Source {
 public:
  RevisionSource(blob::Store& blobs, const Presentation& presentation) : blobs_(blobs) {
    for (const Playlist& one : presentation.playlists) texts_[one.name] = &one.text;
    for (const Media& one : presentation.media) media_[one.name] = &one;
  }

  Result<conformance::Document> get(const std::string& uri, std::int64_t most) override {
    CH_ASSIGN(conformance::Document document, read(uri, 0, most));
    if (document.size > most) return fail(invalid("TOO_LARGE", uri + " is too large."));
    return document;
  }

  Result<conformance::Document> read(const std::string& uri, std::int64_t offset,
                                     std::int64_t length) override {
    conformance::Document out;
    if (const auto text = texts_.find(uri); text != texts_.end()) {
      out.size = static_cast<std::int64_t>(text->second->size());
      if (offset < out.size)
        out.bytes = text->second->substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
      return out;
    }
    const auto media = media_.find(uri);
    if (media == media_.end()) return fail(not_found("NOT_NAMED", uri + " is not in the revision."));
    // An I-frame's or a fragment's next bytes are mostly in the object that is open.
    if (!open_ || open_->first != uri) {
      auto opened = blobs_.open(media->second->object_key);
      if (!opened) return fail(remember(opened.error()));
      open_.emplace(uri, std::move(*opened));
    }
    out.size = open_->second.size();
    auto bytes = open_->second.read(offset, length);
    if (!bytes) return fail(remember(bytes.error()));
    out.bytes = std::move(*bytes);
    return out;
  }

  // Why the store could not be read: not the revision's fault.
  const std::optional<Error>& broken() const { return broken_; }

 private:
  Error remember(const Error& why) {
    if (why.reason != "OBJECT_NOT_FOUND" && !broken_) broken_ = why;
    return why;
  }

  blob::Store& blobs_;
  std::map<std::string, const std::string*, std::less<>> texts_;
  std::map<std::string, const Media*, std::less<>> media_;
  std::optional<std::pair<std::string, blob::Opened>> open_;
  std::optional<Error> broken_;
};

}  // namespace

Result<std::vector<std::string>> inspect(blob::Store& blobs, const Presentation& presentation) {
  RevisionSource source(blobs, presentation);
  const auto report = conformance::check(source, presentation.main);
  if (source.broken()) return fail(*source.broken());
  if (!report) return fail(internal("GATE_NOT_CONFORMANT", "The main playlist: " + report.error().message));
  std::vector<std::string> shoulds;
  for (const conformance::Outcome& one : report->outcomes) {
    if (one.verdict.failed() == 0) continue;
    if (one.rule->level == conformance::Level::kMust)
      return fail(internal("GATE_NOT_CONFORMANT", conformance::to_sentence(one)));
    shoulds.push_back(conformance::to_sentence(one));
  }
  return shoulds;
}

}  // namespace cliffhanger::transcode
