#include "services/transcode/store/json.h"

#include <boost/json.hpp>

namespace cliffhanger::transcode {
namespace {

namespace json = boost::json;

Error bad(const std::string& what) {
  return internal("BAD_RECORD", "A stored record can't be read.").at(what);
}

// Runs a reader that throws where the JSON is not as expected.
template <class Read>
auto reading(const char* what, std::string_view text, Read read)
    -> Result<decltype(read(std::declval<json::value&>()))> {
  try {
    json::value value = json::parse({text.data(), text.size()});
    return read(value);
  } catch (const std::exception& error) {
    return fail(bad(std::string(what) + ": " + error.what()));
  }
}

std::int64_t number(const json::object& object, std::string_view name) {
  return object.at(name).to_number<std::int64_t>();
}

int small(const json::object& object, std::string_view name) {
  return object.at(name).to_number<int>();
}

std::string text(const json::object& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

media::Rung read_rung(const json::object& in) {
  return {.name = text(in, "name"),
          .width = small(in, "width"),
          .height = small(in, "height"),
          .crf = small(in, "crf"),
          .maxrate_kbps = small(in, "maxrateKbps"),
          .bufsize_kbps = small(in, "bufsizeKbps")};
}

// Plans of before there was HEVC have none.
std::vector<media::Rung> read_hevc(const json::object& in) {
  std::vector<media::Rung> out;
  const json::value* rungs = in.if_contains("hevc");
  if (rungs == nullptr) return out;
  for (const json::value& rung : rungs->as_array()) {
    out.push_back(read_rung(rung.as_object()));
    out.back().codec = media::VideoCodec::kHevc;
  }
  return out;
}

json::object write_rung(const media::Rung& rung) {
  return {{"name", rung.name},
          {"width", rung.width},
          {"height", rung.height},
          {"crf", rung.crf},
          {"maxrateKbps", rung.maxrate_kbps},
          {"bufsizeKbps", rung.bufsize_kbps}};
}

// Plans of before titles were analysed have the same factors throughout.
std::vector<int> read_tail(const json::object& in, const std::vector<media::Rung>& rungs) {
  std::vector<int> out;
  if (const json::value* crfs = in.if_contains("tailCrfs")) {
    for (const json::value& crf : crfs->as_array()) out.push_back(crf.to_number<int>());
  } else {
    for (const media::Rung& rung : rungs) out.push_back(rung.crf);
  }
  if (!out.empty() && out.size() != rungs.size()) throw std::runtime_error("a tail of other rungs");
  return out;
}

media::StoryboardJob read_storyboard(const json::object& in) {
  media::StoryboardJob out;
  out.count = number(in, "count");
  out.interval_ms = number(in, "intervalMs");
  out.width = small(in, "width");
  out.height = small(in, "height");
  out.columns = small(in, "columns");
  out.rows = small(in, "rows");
  return out;
}

json::object write_storyboard(const media::StoryboardJob& job) {
  return {{"count", job.count},   {"intervalMs", job.interval_ms}, {"width", job.width},
          {"height", job.height}, {"columns", job.columns},        {"rows", job.rows}};
}

}  // namespace

std::string to_json(const Plan& plan) {
  json::array rungs, hevc;
  for (const media::Rung& rung : plan.rungs) rungs.push_back(write_rung(rung));
  for (const media::Rung& rung : plan.hevc) hevc.push_back(write_rung(rung));
  const json::value founding =
      plan.founding ? json::value(json::array{plan.founding->width, plan.founding->height}) : json::value();
  return json::serialize(json::object{{"profile", plan.profile},
                                      {"founding", founding},
                                      {"rate", json::array{plan.rate.num, plan.rate.den}},
                                      {"frames", plan.frames},
                                      {"rungs", std::move(rungs)},
                                      {"hevc", std::move(hevc)},
                                      {"defaultRung", plan.default_rung},
                                      {"tailCrfs", json::array(plan.tail_crfs.begin(), plan.tail_crfs.end())},
                                      {"audioKbps", plan.audio_kbps},
                                      {"loudness", to_text(plan.loudness)},
                                      {"gainDb", plan.gain_db ? json::value(*plan.gain_db) : json::value()},
                                      {"storyboard", write_storyboard(plan.storyboard)},
                                      {"cover", json::object{{"atMs", plan.cover.at_ms},
                                                             {"width", plan.cover.width},
                                                             {"height", plan.cover.height}}}});
}

std::string to_json(const std::vector<Row>& rows) {
  json::array out;
  for (const Row& row : rows)
    out.push_back(json::object{{"shortSide", row.short_side},
                               {"crf", row.crf},
                               {"maxrateKbps", row.maxrate_kbps},
                               {"kept", row.kept}});
  return json::serialize(out);
}

std::string to_json(const Run& run) {
  json::object out{
      {"rungs", json::array(run.rungs.begin(), run.rungs.end())}, {"first", run.first}, {"count", run.count}};
  if (run.kind == Kind::kBurn) {
    out["language"] = run.language;
    out["version"] = run.version;
  }
  return json::serialize(out);
}

std::string to_json(const std::vector<media::GopRange>& gops) {
  json::array out;
  for (const media::GopRange& gop : gops) {
    out.push_back(json::array{gop.offset, gop.bytes, gop.size, gop.start_frame, gop.frames});
  }
  return json::serialize(out);
}

Result<Plan> plan_from_json(std::string_view record) {
  CH_ASSIGN(Plan plan, reading("plan", record, [](const json::value& value) {
              const json::object& in = value.as_object();
              Plan out;
              out.profile = text(in, "profile");
              const json::array& rate = in.at("rate").as_array();
              out.rate = {rate.at(0).to_number<std::int64_t>(), rate.at(1).to_number<std::int64_t>()};
              out.frames = number(in, "frames");
              for (const json::value& rung : in.at("rungs").as_array())
                out.rungs.push_back(read_rung(rung.as_object()));
              out.hevc = read_hevc(in);
              out.default_rung = text(in, "defaultRung");
              out.tail_crfs = read_tail(in, out.rungs);
              out.audio_kbps = small(in, "audioKbps");
              if (const json::value* loudness = in.if_contains("loudness"))
                out.loudness = parse_loudness(std::string_view(loudness->as_string())).value();
              if (const json::value* gain = in.if_contains("gainDb"); gain && !gain->is_null())
                out.gain_db = gain->to_number<double>();
              const json::object& cover = in.at("cover").as_object();
              out.cover = {number(cover, "atMs"), small(cover, "width"), small(cover, "height")};
              if (const json::value* founding = in.if_contains("founding"); founding && founding->is_array())
                out.founding = {founding->as_array().at(0).to_number<int>(),
                                founding->as_array().at(1).to_number<int>()};
              // Plans of before there were storyboards have none.
              if (const json::value* storyboard = in.if_contains("storyboard"))
                out.storyboard = read_storyboard(storyboard->as_object());
              return out;
            }));
  CH_TRY(media::Grid::make(plan.rate, plan.frames).map([](const auto&) {}));
  for (const media::Rung& rung : plan.rungs) {
    if (rung.name == plan.default_rung) return plan;
  }
  return fail(bad("plan without its default rung"));
}

Result<std::vector<Row>> rows_from_json(std::string_view record) {
  CH_ASSIGN(auto rows, reading("profile", record, [](const json::value& value) {
              std::vector<Row> out;
              for (const json::value& one : value.as_array()) {
                const json::object& in = one.as_object();
                out.push_back({small(in, "shortSide"), small(in, "crf"), small(in, "maxrateKbps"),
                               in.at("kept").as_bool()});
              }
              return out;
            }));
  if (rows.empty()) return fail(bad("a profile without rows"));
  return rows;
}

Result<Run> run_from_json(Kind kind, std::string_view record) {
  return reading("task", record, [kind](const json::value& value) {
    const json::object& in = value.as_object();
    Run out;
    out.kind = kind;
    for (const json::value& rung : in.at("rungs").as_array()) out.rungs.emplace_back(rung.as_string());
    out.first = number(in, "first");
    out.count = number(in, "count");
    if (kind == Kind::kBurn) {
      out.language = text(in, "language");
      out.version = text(in, "version");
    }
    return out;
  });
}

Result<std::vector<media::GopRange>> gops_from_json(std::string_view record) {
  return reading("gops", record, [](const json::value& value) {
    std::vector<media::GopRange> out;
    for (const json::value& one : value.as_array()) {
      const json::array& in = one.as_array();
      const auto at = [&in](std::size_t i) { return in.at(i).to_number<std::int64_t>(); };
      out.push_back({at(0), at(1), at(2), at(3), at(4)});
    }
    return out;
  });
}

}  // namespace cliffhanger::transcode
