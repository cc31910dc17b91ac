#include "libs/experiment/condition.h"

#include <re2/re2.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "libs/experiment/limits.h"
#include "libs/experiment/version.h"

namespace cliffhanger::experiment {
namespace {

const Json kNull;

bool is_operators(const Json& value) {
  const Object* object = value.if_object();
  return object && !object->empty() && std::all_of(object->begin(), object->end(), [](const auto& member) {
           return std::string_view(member.key()).starts_with('$');
         });
}

RE2::Options pattern_options(bool any_case) {
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kMaxPatternMemory);
  options.set_case_sensitive(!any_case);
  return options;
}

bool pattern_matches(const Json& pattern, const Json& subject, bool any_case) {
  const std::string text = text_of(pattern), against = text_of(subject);
  if (text.size() > kMaxPattern || against.size() > kMaxSubject) return false;
  const RE2 expression(text, pattern_options(any_case));
  return expression.ok() && RE2::PartialMatch(against, expression);
}

// Less (-1), equal (0), more (1), or nothing for what can't be compared.
std::optional<int> order(const Json& a, const Json& b) {
  const auto as_text = [](const Json& v) { return v.is_string() || v.is_array() || v.is_object(); };
  if (as_text(a) && as_text(b)) {
    const int c = text_of(a).compare(text_of(b));
    return c < 0 ? -1 : c > 0;
  }
  const double x = number_of(a), y = number_of(b);
  if (std::isnan(x) || std::isnan(y)) return std::nullopt;
  return x < y ? -1 : x > y;
}

std::string_view type_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_bool()) return "boolean";
  if (value.is_string()) return "string";
  if (value.is_array()) return "array";
  return value.is_object() ? "object" : "number";
}

// The value at a path with dots; null where there is none. Members of lists go by their index.
const Json& at_path(const Object& attributes, std::string_view path) {
  const Json* current = nullptr;
  const Object* object = &attributes;
  for (bool more = true; more;) {
    const auto dot = path.find('.');
    const std::string_view part = path.substr(0, dot);
    more = dot != path.npos;
    path.remove_prefix(more ? dot + 1 : path.size());
    if (object) {
      current = object->if_contains(part);
    } else if (const Array* list = current->if_array()) {
      const bool index =
          !part.empty() && part.size() < 8 && part.find_first_not_of("0123456789") == part.npos;
      const std::size_t i = index ? std::stoul(std::string(part)) : list->size();
      current = i < list->size() ? &(*list)[i] : nullptr;
    } else {
      current = nullptr;
    }
    if (!current) return kNull;
    object = current->if_object();
  }
  return *current;
}

// One evaluation, which counts what it does.
class Evaluation {
 public:
  explicit Evaluation(const Object& groups) : groups_(groups) {}

  bool condition(const Object& attributes, const Object& wanted) {
    const Level level(*this);
    if (!level) return false;
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto& member) {
      const std::string_view key = member.key();
      if (key == "$or") return any(attributes, member.value(), true);
      if (key == "$nor") return any(attributes, member.value(), false);
      if (key == "$and") return all(attributes, member.value());
      if (key == "$not") {
        const Object* inner = as_object(member.value());
        return inner && !condition(attributes, *inner);
      }
      return value(member.value(), at_path(attributes, key), false);
    });
  }
  bool gave_up() const { return gave_up_; }

 private:
  // Goes down by one level; false when that is too deep or too much.
  class Level {
   public:
    explicit Level(Evaluation& of) : of_(of) {
      if (++of_.depth_ > kMaxConditionDepth || ++of_.steps_ > kMaxConditionSteps) of_.gave_up_ = true;
    }
    ~Level() { --of_.depth_; }
    explicit operator bool() const { return !of_.gave_up_; }

   private:
    Evaluation& of_;
  };

  const Object* as_object(const Json& value) {
    if (!value.is_object()) gave_up_ = true;
    return value.if_object();
  }

  // `wanted`: whether any of the conditions should hold ($or) or none ($nor).
  bool any(const Object& attributes, const Json& conditions, bool wanted) {
    const Array* list = conditions.if_array();
    if (!list) return gave_up_ = true, false;
    if (list->empty()) return wanted;
    const bool found = std::any_of(list->begin(), list->end(), [&](const Json& one) {
      const Object* inner = as_object(one);
      return inner && condition(attributes, *inner);
    });
    return found == wanted;
  }
  bool all(const Object& attributes, const Json& conditions) {
    const Array* list = conditions.if_array();
    if (!list) return gave_up_ = true, false;
    return std::all_of(list->begin(), list->end(), [&](const Json& one) {
      const Object* inner = as_object(one);
      return inner && condition(attributes, *inner);
    });
  }

  bool value(const Json& wanted, const Json& actual, bool any_case) {
    const Level level(*this);
    if (!level) return false;
    if (wanted.is_string()) {
      const std::string text = text_of(actual);
      return any_case ? lower(text) == lower(wanted.get_string()) : text == wanted.get_string();
    }
    if (wanted.is_number()) return number_of(actual) == number_of(wanted);
    if (wanted.is_bool()) return !actual.is_null() && truthy(actual) == wanted.get_bool();
    if (wanted.is_null()) return actual.is_null();
    if (!is_operators(wanted)) return same_text(actual, wanted);
    const Object& operators = wanted.get_object();
    return std::all_of(operators.begin(), operators.end(),
                       [&](const auto& one) { return holds(one.key(), actual, one.value()); });
  }

  bool holds(std::string_view name, const Json& actual, const Json& expected) {
    if (name == "$eq") return identical(actual, expected);
    if (name == "$ne") return !identical(actual, expected);
    if (name == "$exists") return truthy(expected) != actual.is_null();
    if (name == "$not") return !value(expected, actual, false) && !gave_up_;
    if (name == "$size") return actual.is_array() && value(expected, Json(actual.get_array().size()), false);
    if (name == "$elemMatch") return element(actual, expected);
    if (name == "$all") return each_in(actual, expected, false);
    if (name == "$alli") return each_in(actual, expected, true);
    if (name == "$regex" || name == "$regexi") return pattern(actual, expected, name == "$regexi");
    if (name == "$type") return expected.is_string() && type_of(actual) == expected.get_string();
    if (name == "$inGroup") return in(actual, group(expected), false);
    if (name == "$notInGroup") return !in(actual, group(expected), false);
    if (name == "$in" || name == "$ini") return expected.is_array() && in(actual, expected, name == "$ini");
    if (name == "$nin" || name == "$nini")
      return expected.is_array() && !in(actual, expected, name == "$nini");
    if (name.starts_with("$v")) {
      return compares(std::string("$").append(name.substr(2)),
                      padded_version(actual).compare(padded_version(expected)));
    }
    const auto c = order(actual, expected);
    return c && compares(name, *c);
  }

  // What a comparison by this operator says of an order; false for operators that are none.
  static bool compares(std::string_view name, int order) {
    if (name == "$eq") return order == 0;
    if (name == "$ne") return order != 0;
    if (name == "$lt") return order < 0;
    if (name == "$lte") return order <= 0;
    if (name == "$gt") return order > 0;
    return name == "$gte" && order >= 0;
  }

  bool pattern(const Json& actual, const Json& expected, bool any_case) {
    // A pattern costs as much as many comparisons.
    steps_ += 100;
    return pattern_matches(expected, actual, any_case);
  }

  const Json& group(const Json& name) {
    const Json* found = member(groups_, text_of(name));
    return found && found->is_array() ? *found : kNull;
  }

  // Whether the value, or one of the values of a list, is in the list `expected`.
  bool in(const Json& actual, const Json& expected, bool any_case) {
    const Array* list = expected.if_array();
    if (!list) return false;
    const auto listed = [&](const Json& one) {
      steps_ += static_cast<int>(std::min<std::size_t>(list->size(), kMaxConditionSteps));
      if (steps_ > kMaxConditionSteps) return gave_up_ = true, false;
      return std::any_of(list->begin(), list->end(), [&](const Json& wanted) {
        if (any_case && one.is_string() && wanted.is_string())
          return lower(one.get_string()) == lower(wanted.get_string());
        return identical(one, wanted);
      });
    };
    const Array* several = actual.if_array();
    return several ? std::any_of(several->begin(), several->end(), listed) : listed(actual);
  }

  bool each_in(const Json& actual, const Json& expected, bool any_case) {
    const Array *list = actual.if_array(), *wanted = expected.if_array();
    return list && wanted && std::all_of(wanted->begin(), wanted->end(), [&](const Json& want) {
             return std::any_of(list->begin(), list->end(),
                                [&](const Json& one) { return value(want, one, any_case); });
           });
  }

  bool element(const Json& actual, const Json& expected) {
    const Array* list = actual.if_array();
    const Object* wanted = as_object(expected);
    if (!list || !wanted) return false;
    return std::any_of(list->begin(), list->end(), [&](const Json& one) {
      if (!truthy(one)) return false;
      if (is_operators(expected)) return value(expected, one, false);
      const Object* inner = one.if_object();
      return condition(inner ? *inner : Object(), *wanted);
    });
  }

  const Object& groups_;
  int depth_ = 0, steps_ = 0;
  bool gave_up_ = false;
};

}  // namespace

bool matches(const Object& attributes, const Object& condition, const Object& saved_groups) {
  Evaluation evaluation(saved_groups);
  const bool held = evaluation.condition(attributes, condition);
  return held && !evaluation.gave_up();
}

namespace {

std::string fault_of_condition(const Object& condition, int depth);

std::string fault_of_list(const Json& list, std::string_view name, int depth) {
  if (!list.is_array()) return std::string(name) + " wants a list";
  for (const Json& one : list.get_array()) {
    if (!one.is_object()) return std::string(name) + " wants a list of conditions";
    if (auto fault = fault_of_condition(one.get_object(), depth + 1); !fault.empty()) return fault;
  }
  return "";
}

std::string fault_of_pattern(const Json& pattern, bool any_case) {
  if (!pattern.is_string()) return "a pattern is a text";
  if (pattern.get_string().size() > kMaxPattern) return "a pattern has at most 1000 bytes";
  const RE2 expression(std::string(pattern.get_string()), pattern_options(any_case));
  return expression.ok() ? "" : "the pattern can't be used: " + expression.error();
}

std::string fault_of_value(const Json& value, int depth);

std::string fault_of_operator(std::string_view name, const Json& operand, int depth) {
  constexpr std::string_view kPlain[] = {"$eq",  "$ne",  "$lt",  "$lte",  "$gt",  "$gte", "$exists",
                                         "$veq", "$vne", "$vlt", "$vlte", "$vgt", "$vgte"};
  constexpr std::string_view kLists[] = {"$in", "$ini", "$nin", "$nini", "$all", "$alli"};
  constexpr std::string_view kTexts[] = {"$type", "$inGroup", "$notInGroup"};
  const auto one_of = [&](const auto& names) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
  };
  if (one_of(kPlain))
    return operand.is_array() || operand.is_object() ? std::string(name) + " wants a single value" : "";
  if (one_of(kLists)) return operand.is_array() ? "" : std::string(name) + " wants a list";
  if (one_of(kTexts)) return operand.is_string() ? "" : std::string(name) + " wants a text";
  if (name == "$regex" || name == "$regexi") return fault_of_pattern(operand, name == "$regexi");
  if (name == "$not" || name == "$size") return fault_of_value(operand, depth + 1);
  if (name != "$elemMatch") return "there is no operator " + std::string(name);
  if (!operand.is_object()) return "$elemMatch wants a condition";
  return is_operators(operand) ? fault_of_value(operand, depth + 1)
                               : fault_of_condition(operand.get_object(), depth + 1);
}

std::string fault_of_value(const Json& value, int depth) {
  if (depth > kMaxConditionDepth) return "the condition is too deep";
  if (!is_operators(value)) return "";
  for (const auto& one : value.get_object()) {
    if (auto fault = fault_of_operator(one.key(), one.value(), depth); !fault.empty()) return fault;
  }
  return "";
}

std::string fault_of_condition(const Object& condition, int depth) {
  if (depth > kMaxConditionDepth) return "the condition is too deep";
  for (const auto& member : condition) {
    const std::string_view key = member.key();
    std::string fault;
    if (key == "$or" || key == "$nor" || key == "$and") {
      fault = fault_of_list(member.value(), key, depth);
    } else if (key == "$not") {
      fault = member.value().is_object() ? fault_of_condition(member.value().get_object(), depth + 1)
                                         : "$not wants a condition";
    } else {
      fault = fault_of_value(member.value(), depth + 1);
    }
    if (!fault.empty()) return fault;
  }
  return "";
}

}  // namespace

std::string fault_of(const Object& condition) {
  return fault_of_condition(condition, 0);
}

}  // namespace cliffhanger::experiment
