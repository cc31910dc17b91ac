#include "services/insight/exports/exporter.h"

#include "libs/obs/names.h"
#include "services/insight/domain/limits.h"
#include "services/insight/store/export_rows.h"

namespace cliffhanger::insight {
namespace {

constexpr std::size_t kLinesAtOnce = 5000;  // that are sifted

Error stopping() {
  return unavailable("STOPPING", "The process ends.");
}

// Calls `each` with a bounded number of these at a time.
template <class Each>
Result<void> in_pieces(const std::vector<std::string>& all, Each each) {
  for (std::size_t at = 0; at < all.size(); at += kNamedAtOnce) {
    const auto end = std::min(all.size(), at + kNamedAtOnce);
    CH_TRY(each(std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(at),
                                         all.begin() + static_cast<std::ptrdiff_t>(end))));
  }
  return {};
}

}  // namespace

Exporter::Exporter(Deps deps)
    : d_(std::move(deps)),
      lines_(d_.metrics.counter(obs::names::kExportedEvents, "Events in windows that were exported")),
      taken_out_(d_.metrics.counter(obs::names::kExportsTakenOut, "Events taken out of exports again")),
      exported_until_(
          d_.metrics.gauge(obs::names::kExportedUntil, "Until when events are exported, by this process")) {}

// One thing in a transaction of its own, beside the one that leads.
template <class Work>
auto Exporter::in(Work work) {
  return d_.pool.transact([&](sql::Tx& tx) {
    PgExports exports(tx);
    return work(exports);
  });
}

Result<bool> Exporter::step(const std::stop_token& stop) {
  return d_.pool.transact([&](sql::Tx& leading) -> Result<bool> {
    CH_ASSIGN(const bool ours, PgExports(leading).lead());
    if (!ours) return false;
    return turn(leading, stop);
  });
}

// What may not stay goes before anything is told of; what is told of no more goes after.
Result<bool> Exporter::turn(sql::Tx& leading, const std::stop_token& stop) {
  CH_ASSIGN(const bool rewrote, rewrite_next());
  if (rewrote) return true;
  CH_ASSIGN(const bool told, tell());
  if (told) return true;
  CH_ASSIGN(const bool wrote, write_next(leading, stop));
  if (wrote) return true;
  CH_ASSIGN(const bool expired, expire());
  if (expired) return true;
  return sweep();
}

Result<std::unique_ptr<PartWriter>> Exporter::begin(ExportPart part) {
  CH_TRY(in([&](PgExports& exports) { return exports.note(part); }));
  CH_ASSIGN(auto to, d_.blobs.create(part_key(part)));
  return std::make_unique<PartWriter>(std::move(part), std::move(to));
}

// First everybody is named, then it is asked whether one of them is gone: whoever erases them afterwards finds
// their names.
Result<void> Exporter::finish(PartWriter& writer) {
  CH_TRY(writer.publish());
  const auto& part = writer.part();
  const auto users = writer.users();
  CH_TRY(in_pieces(users, [&](const auto& some) {
    return in([&](PgExports& exports) { return exports.name(part, some); });
  }));
  bool stale = false;
  CH_TRY(in_pieces(users, [&](const auto& some) -> Result<void> {
    CH_ASSIGN(const bool erased,
              in([&](PgExports& exports) { return exports.any_erased(part.tenant, some); }));
    stale = stale || erased;
    return {};
  }));
  return in([&](PgExports& exports) { return exports.written(part, stale); });
}

Result<bool> Exporter::write_next(sql::Tx& leading, const std::stop_token& stop) {
  if (!d_.options.on) {
    CH_TRY(in([](PgExports& exports) { return exports.give_up(); }));
    return false;
  }
  CH_TRY(in([&](PgExports& exports) { return exports.close(d_.clock.now(), d_.options.window); }));
  CH_ASSIGN(const auto window, in([](PgExports& exports) { return exports.next(); }));
  if (!window) return false;
  const Uuid attempt = Uuid::v7(d_.clock.now(), d_.random);
  CH_TRY(in([&](PgExports& exports) { return exports.begin(*window, attempt); }));
  CH_ASSIGN(const auto tenants, tenants_in(leading, *window));
  for (const auto& tenant : tenants) CH_TRY(write(leading, *window, attempt, tenant, stop));
  CH_TRY(in([&](PgExports& exports) { return exports.complete(*window, attempt); }));
  exported_until_.set(static_cast<double>(to_micros(window->end)) / 1e6);
  d_.log.info("events exported", {{"from", to_rfc3339(window->start)}, {"to", to_rfc3339(window->end)}});
  return true;
}

Result<void> Exporter::write(sql::Tx& leading, const ExportWindow& window, const Uuid& attempt,
                             const Tenant& tenant, const std::stop_token& stop) {
  ExportRows rows(leading);
  CH_TRY(rows.open(window, tenant));
  std::unique_ptr<PartWriter> part;
  int number = 0;
  while (true) {
    if (stop.stop_requested()) return fail(stopping());
    CH_ASSIGN(const auto events, rows.next());
    for (const auto& event : events) {
      if (!part) {
        CH_ASSIGN(part, begin({.id = Uuid::v7(d_.clock.now(), d_.random),
                               .tenant = tenant,
                               .window = window.start,
                               .number = ++number,
                               .attempt = attempt}));
      }
      CH_TRY(part->add(event.user_id, line_of(event)));
    }
    lines_.add(static_cast<double>(events.size()));
    const bool full = part && (part->bytes() >= d_.options.part_bytes || part->lines() >= kPartLines);
    if (part && (full || events.empty())) {
      CH_TRY(finish(*part));
      part.reset();
    }
    if (events.empty()) return {};
  }
}

Result<bool> Exporter::rewrite_next() {
  CH_ASSIGN(const auto part, in([](PgExports& exports) { return exports.next_stale(); }));
  if (!part) return false;
  CH_TRY(rewrite(*part));
  return true;
}

Result<void> Exporter::rewrite(const ExportPart& old) {
  ExportPart part = old;
  part.id = part.attempt = Uuid::v7(d_.clock.now(), d_.random);
  part.lines = 0;
  ++part.rewritten;
  CH_TRY(in([&](PgExports& exports) { return exports.begin_again(old); }));
  CH_ASSIGN(const auto writer, begin(part));
  CH_ASSIGN(const auto object, d_.blobs.open(part_key(old)));
  Keeping keeping([&](const std::vector<std::string>& users) {
    return in([&](PgExports& exports) -> Result<Keeping::Known> {
      Keeping::Known known;
      CH_ASSIGN(known.erased, exports.erased(old.tenant, users));
      CH_ASSIGN(known.refused, exports.refused(old.tenant, users));
      return known;
    });
  });
  std::vector<std::string> lines;
  const auto sift = [&]() -> Result<void> {
    CH_TRY(keeping.sift(lines, [&](std::string_view user, const std::string& line) { return writer->add(user, line); }));
    lines.clear();
    return {};
  };
  CH_TRY(each_gzip_line(object, [&](std::string_view line) -> Result<void> {
    lines.emplace_back(line) += '\n';
    return lines.size() < kLinesAtOnce ? Result<void>() : sift();
  }));
  CH_TRY(sift());
  CH_TRY(finish(*writer));
  CH_TRY(in([&](PgExports& exports) { return exports.replace(old, writer->part()); }));
  taken_out_.add(static_cast<double>(old.lines - writer->lines()));
  d_.log.info("export rewritten", {{"key", part_key(old)}, {"taken_out", old.lines - writer->lines()}});
  return {};
}

Result<bool> Exporter::expire() {
  return in([&](PgExports& exports) {
    return exports.expire(d_.clock.now() - d_.options.keep).map([](int gone) { return gone > 0; });
  });
}

// The row of the day is locked meanwhile: an older manifest can't come after a newer one.
Result<bool> Exporter::tell() {
  return in([&](PgExports& exports) -> Result<bool> {
    CH_ASSIGN(const auto day, exports.next_day());
    if (!day) return false;
    const auto key = manifest_key(day->tenant, day->day);
    if (day->windows.empty()) {
      CH_TRY(d_.blobs.remove(key));
    } else {
      CH_TRY(d_.blobs.put(key, manifest(day->tenant, day->day, day->windows)));
    }
    CH_TRY(exports.told(*day));
    return true;
  });
}

Result<bool> Exporter::sweep() {
  CH_ASSIGN(const auto dropped, in([](PgExports& exports) { return exports.dropped(kDroppedAtOnce); }));
  for (const auto& part : dropped) {
    CH_TRY(d_.blobs.remove(part_key(part)));
    CH_TRY(in([&](PgExports& exports) { return exports.forget(part); }));
  }
  return !dropped.empty();
}

}  // namespace cliffhanger::insight
