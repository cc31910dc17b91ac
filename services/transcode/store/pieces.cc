#include "services/transcode/store/pieces.h"

#include "services/transcode/store/json.h"

namespace cliffhanger::transcode {
namespace {

Result<Piece> piece_from(const sql::Rows::Row& row) {
  Piece out;
  out.name = {row.text(0), row.number(1)};
  out.object_key = row.text(2);
  out.bytes = row.number(3);
  out.sha256 = row.text(4);
  out.start_frame = row.number(5);
  out.frames = row.number(6);
  CH_ASSIGN(out.gops, gops_from_json(row.text(7)));
  out.codecs = row.text(8);
  return out;
}

}  // namespace

Result<Assembly> assembly_from(const sql::Rows& rows) {
  std::vector<Piece> out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CH_ASSIGN(Piece piece, piece_from(rows[i]));
    out.push_back(std::move(piece));
  }
  return Assembly(std::move(out));
}

}  // namespace cliffhanger::transcode
