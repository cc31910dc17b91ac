#include "services/playback/takedown_message.h"

#include "cliffhanger/playback/v1/playback.pb.h"

namespace cliffhanger::playback {

void fill(v1::Takedown* out, const Takedown& takedown) {
  out->set_tenant(takedown.tenant.text());
  if (takedown.kind == Takedown::Kind::kSession)
    out->set_session_id(takedown.subject.text());
  else
    out->set_revision_id(takedown.subject.text());
  set_time(out->mutable_until(), takedown.until);
  out->set_own(takedown.own);
}

}  // namespace cliffhanger::playback
