#include "services/catalog/domain/regions.h"

#include <algorithm>
#include <set>

namespace cliffhanger::catalog {
namespace {

constexpr std::string_view kCountries =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS "
    "BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE "
    "EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM "
    "HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC "
    "LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA "
    "NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW "
    "SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO "
    "TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW ";

// Each once, in order; faults name what is no region.
std::vector<std::string> sorted(const std::vector<std::string>& in, const char* field,
                                std::vector<FieldFault>& faults) {
  std::set<std::string> out;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (is_region(in[i]))
      out.insert(in[i]);
    else
      faults.push_back({std::string(field) + '[' + std::to_string(i) + ']',
                        "is no country of ISO 3166-1, such as DE (two capital letters)"});
  }
  return {out.begin(), out.end()};
}

}  // namespace

bool is_region(std::string_view text) {
  if (text.size() != 2 || text.find(' ') != text.npos) return false;
  const auto at = kCountries.find(text);
  return at != kCountries.npos && at % 3 == 0;
}

Result<Regions> checked(Regions wanted) {
  std::vector<FieldFault> faults;
  Regions out{sorted(wanted.allowed, "allowedRegions", faults),
              sorted(wanted.blocked, "blockedRegions", faults)};
  if (faults.empty() && !out.allowed.empty() && !out.blocked.empty())
    faults.push_back({"blockedRegions", "can't be given beside allowedRegions; empty one of the two"});
  if (faults.empty()) return out;
  return fail(invalid("INVALID_REQUEST", "The regions of the series are not valid.", std::move(faults)));
}

bool shown_in(const Regions& regions, std::string_view region) {
  const auto has = [&](const std::vector<std::string>& list) { return std::ranges::count(list, region) > 0; };
  return (regions.allowed.empty() || has(regions.allowed)) && !has(regions.blocked);
}

}  // namespace cliffhanger::catalog
