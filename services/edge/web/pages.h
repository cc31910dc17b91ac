#pragma once
// The web pages: a folder as web/ builds it, read into memory at start-up.
#include <map>
#include <string>
#include <string_view>

#include "libs/http/message.h"
#include "services/edge/objects/coded.h"

namespace cliffhanger::edge {

// Immutable once loaded.
class Pages {
 public:
  Pages() = default;  // none at all
  // Every regular file below `folder`; names that start with a dot are left out. Fails with BAD_WEB_FOLDER if
  // it has no index.html, too many files or too many bytes. `media`: whose media the pages may play beside the
  // edge's own, such as "https://cdn.example.com"; "" for none.
  static Result<Pages> load(const std::string& folder, const std::string& media = "");

  // GET and HEAD of any path that is not the API's. A path that names no file and looks like a page (no
  // extension in its last step) is the single-page application's: index.html.
  http::Response serve(const http::Request& request) const;
  std::size_t files() const { return pages_.size(); }

 private:
  struct Page {
    std::string type, tag;  // the tag without quotes
    bool immutable = false;  // its name holds a hash
    Text text;
  };
  http::Response send(const http::Request& request, const Page& page) const;

  std::map<std::string, Page, std::less<>> pages_;  // by path, "/index.html"
  std::string media_;
};

// On everything that a browser may show as a document. `media` as in Pages::load.
void add_security_headers(http::Headers& headers, const std::string& media = "");

}  // namespace cliffhanger::edge
