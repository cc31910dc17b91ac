#pragma once
#include <tl/expected.hpp>
#include <utility>

#include "libs/core/error.h"

namespace cliffhanger {

// A value, or the reason why there is none. `Result<void>` for what only succeeds or fails.
template <class T>
using Result = tl::expected<T, Error>;

// `return fail(not_found("EPISODE_NOT_FOUND", "…"));`
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace cliffhanger

// CH_TRY(expression of Result<void>): returns its error from the enclosing function.
#define CH_TRY(expr)                                                               \
  do {                                                                             \
    if (auto ch_result = (expr); !ch_result)                                       \
      return ::tl::unexpected<::cliffhanger::Error>(std::move(ch_result).error()); \
  } while (false)

// CH_ASSIGN(auto value, expression of Result<T>): the value, or returns the error.
#define CH_CONCAT_(a, b) a##b
#define CH_CONCAT(a, b) CH_CONCAT_(a, b)
#define CH_ASSIGN_(tmp, decl, expr)                                                              \
  auto tmp = (expr);                                                                             \
  if (!tmp) return ::tl::unexpected<::cliffhanger::Error>(std::move(tmp).error());               \
  decl = std::move(*tmp)
#define CH_ASSIGN(decl, expr) CH_ASSIGN_(CH_CONCAT(ch_result_, __LINE__), decl, expr)
