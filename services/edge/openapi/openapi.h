#pragma once
// The OpenAPI 3.1 document and the reference page, made from the contract: nothing in them is written by hand
// but what REST can't say (frame.json: uploads, HLS).
#include <boost/json/object.hpp>

#include <string>
#include <string_view>

#include "libs/core/result.h"

namespace cliffhanger::edge::openapi {

// `descriptor_set`: a FileDescriptorSet with source info. `frame`: a document that has everything but the
// rpcs (info, tags, hand-described paths, shared components); the operations of the contract are added to it.
// Fails with BAD_CONTRACT or BAD_ROUTE.
Result<boost::json::object> make_document(std::string_view descriptor_set, std::string_view frame);

// A page of its own, with no scripts and nothing from elsewhere, that shows `document`.
std::string make_page(const boost::json::object& document);

struct Documents {
  std::string json;  // application/json
  std::string html;  // text/html; charset=utf-8
};
// Both, of the contract that was built into this program. Takes some milliseconds; keep the result.
Result<Documents> make_documents();

}  // namespace cliffhanger::edge::openapi
