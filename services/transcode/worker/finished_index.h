#pragma once
// The one editor of what the edge serves of a finished revision: what is added to it later (captions, dubs) and taken away again,
// while all else stays as it is.
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <boost/json.hpp>

#include "libs/blob/blob.h"
#include "services/transcode/domain/playlist.h"
#include "services/transcode/domain/revision.h"

namespace cliffhanger::transcode {

// An index as it stands and as it is to be. What is added is written anew each time, whole: whatever in the folders of additions is not
// put again goes; but for playlists it is served for six hours more, for those who are watching.
class FinishedIndex {
 public:
  // As it is served now, of a revision that outlives the object. Fails with OBJECT_NOT_FOUND without a finished
  // index, and BAD_RECORD.
  static Result<FinishedIndex> open(blob::Store& blobs, const Revision& revision, Time now);
  // The first one of a revision that is being packaged, and that outlives the object.
  static Result<FinishedIndex> make(blob::Store& blobs, const Revision& revision, const Presentation& whole,
                                    Time now);

  const Revision& revision() const { return *revision_; }
  // Of a film.
  media::Grid grid() const { return grid_of(*revision_->plan); }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // Of an object that is there; 0 for others.
  std::int64_t bytes(std::string_view name) const;
  // A playlist or manifest as it is to be. Fails with OBJECT_NOT_FOUND and BAD_RECORD.
  Result<std::string> text(std::string_view name) const;

  // The same of an addition as it was when the index was opened.
  Result<std::string> old_text(std::string_view name) const;

  // Additions of these names are to be what they are.
  void keep(const std::function<bool(std::string_view)>& which);
  // A text in the place of what had the name; it is an object at once, content-addressed, so that nobody reads it before save().
  Result<void> put_text(const std::string& name, const std::string& text);
  // An object that exists.
  void put_object(const Media& media);

  // Whether it is to be other than it was.
  bool has_changed() const;
  // All of it as it is to be, for inspection.
  Presentation presentation() const;
  // Writes the index, unless it is what was there. Gives its name. Twice is as once. Of a revision that the
  // caller has locked, or looks at again afterwards (worker/cut_words.cc). Fails with PACKAGE_OUTDATED if
  // someone else has written it since it was opened.
  Result<std::string> save();

 private:
  using Entries = std::map<std::string, boost::json::value, std::less<>>;
  FinishedIndex(blob::Store& blobs, const Revision& revision, Time now)
      : blobs_(&blobs), revision_(&revision), now_(now) {}
  const boost::json::value* find(std::string_view name) const;
  Result<std::string> text_in(const Entries& place, std::string_view name) const;
  void put(const std::string& name, boost::json::value entry);
  void keep_retired();
  std::string key() const;

  blob::Store* blobs_;
  const Revision* revision_;
  Time now_;
  std::optional<std::string> before_;  // none: it is the first one
  boost::json::value root_;
  Entries others_;      // all that is not added, as it is to be
  Entries old_, new_;   // additions
  bool changed_ = false;
};

}  // namespace cliffhanger::transcode
