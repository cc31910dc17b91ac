#pragma once
// Forgetting exactly, without training again.
#include <Eigen/Core>
#include <span>

#include "libs/core/result.h"
#include "libs/learn/history.h"

namespace cliffhanger::learn {

// Takes a user who took `items` (distinct) out of the inverse P = (XᵀX + λI)⁻¹ of EASE's Gram matrix, in
// place: with their row x of X, and w what it was weighed with, P + w · P x xᵀ P / (1 − w · xᵀ P x) (Sherman
// & Morrison 1950). It is then the inverse that a training without them makes, to within rounding, for items²
// instead of items³ operations. Fails with NOT_IN_MODEL if P can't have been made with such a user,
// INVALID_ARGUMENT for an item outside; P is as it was then.
Result<void> forget_user(Eigen::MatrixXd& inverse, std::span<const Index> items, double weight = 1);

// EASE's item-to-item weights (Steck 2019, equation 8) from such an inverse: −P_ij / P_jj, with an empty
// diagonal.
Eigen::MatrixXd ease_weights(const Eigen::MatrixXd& inverse);

}  // namespace cliffhanger::learn
