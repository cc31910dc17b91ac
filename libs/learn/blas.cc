#include "libs/learn/blas.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <chrono>

extern "C" {
void openblas_set_num_threads(int threads);
void spotrf_(const char* half, const int* n, float* a, const int* lda, int* info);
void strtri_(const char* half, const char* unit, const int* n, float* a, const int* lda, int* info);
void slauum_(const char* half, const int* n, float* a, const int* lda, int* info);
void sposv_(const char* half, const int* n, const int* columns, float* a, const int* lda, float* b,
            const int* ldb, int* info);
}

namespace cliffhanger::learn {
namespace {

// Our own threads are the parallel ones; OpenBLAS's would only be in their way.
[[maybe_unused]] const bool kOneThread = (openblas_set_num_threads(1), true);

// LAPACK's own blocked algorithms (spotrf, strtri, slauum) for lower halves, with a look at the clock between
// blocks.
struct Blocked {
  static constexpr int kBlock = 256;
  float* a;
  int n;
  const std::function<bool()>& expired;

  float* at(int row, int column) const { return a + static_cast<std::ptrdiff_t>(column) * n + row; }
  bool late() const { return expired && expired(); }

  // A = L Lᵀ.
  Inversion factorise() const {
    for (int j = 0; j < n; j += kBlock) {
      if (late()) return Inversion::kLate;
      const int width = std::min(kBlock, n - j), below = n - j - width;
      int info = 0;
      ssyrk_("L", "N", &width, &j, &kMinus, at(j, 0), &n, &kOne, at(j, j), &n);
      spotrf_("L", &width, at(j, j), &n, &info);
      if (info != 0) return Inversion::kNotDefinite;
      if (below == 0) break;
      sgemm_("N", "T", &below, &width, &j, &kMinus, at(j + width, 0), &n, at(j, 0), &n, &kOne,
             at(j + width, j), &n);
      strsm_("R", "L", "T", "N", &below, &width, &kOne, at(j, j), &n, at(j + width, j), &n);
    }
    return Inversion::kDone;
  }

  // L becomes its inverse.
  Inversion invert_factor() const {
    for (int j = (n - 1) / kBlock * kBlock; j >= 0; j -= kBlock) {
      if (late()) return Inversion::kLate;
      const int width = std::min(kBlock, n - j), below = n - j - width;
      if (below > 0) {
        strmm_("L", "L", "N", "N", &below, &width, &kOne, at(j + width, j + width), &n, at(j + width, j), &n);
        strsm_("R", "L", "N", "N", &below, &width, &kMinus, at(j, j), &n, at(j + width, j), &n);
      }
      int info = 0;
      strtri_("L", "N", &width, at(j, j), &n, &info);
      if (info != 0) return Inversion::kNotDefinite;
    }
    return Inversion::kDone;
  }

  // L becomes LᵀL.
  Inversion square_factor() const {
    for (int i = 0; i < n; i += kBlock) {
      if (late()) return Inversion::kLate;
      const int height = std::min(kBlock, n - i), below = n - i - height;
      int info = 0;
      strmm_("L", "L", "T", "N", &height, &i, &kOne, at(i, i), &n, at(i, 0), &n);
      slauum_("L", &height, at(i, i), &n, &info);
      if (below == 0) break;
      sgemm_("T", "N", &height, &i, &below, &kOne, at(i + height, i), &n, at(i + height, 0), &n, &kOne,
             at(i, 0), &n);
      ssyrk_("L", "T", &height, &below, &kOne, at(i + height, i), &n, &kOne, at(i, i), &n);
    }
    return Inversion::kDone;
  }

 private:
  static constexpr float kOne = 1, kMinus = -1;
};

}  // namespace

BlasThreads::BlasThreads(int threads) {
  openblas_set_num_threads(threads);
}
BlasThreads::~BlasThreads() {
  openblas_set_num_threads(1);
}

Inversion invert_definite(Dense& matrix, const std::function<bool()>& expired) {
  const Blocked blocked{matrix.data(), static_cast<int>(matrix.rows()), expired};
  if (const auto got = blocked.factorise(); got != Inversion::kDone) return got;
  if (const auto got = blocked.invert_factor(); got != Inversion::kDone) return got;
  if (const auto got = blocked.square_factor(); got != Inversion::kDone) return got;
  matrix.triangularView<Eigen::StrictlyUpper>() = matrix.transpose();
  return Inversion::kDone;
}

bool solve_definite(Dense& a, Eigen::Ref<Eigen::VectorXf> b) {
  const int n = static_cast<int>(a.rows()), one = 1;
  int info = 0;
  sposv_("L", &n, &one, a.data(), &n, b.data(), &n, &info);
  return info == 0;
}

double measured_speed() {
  constexpr int kSize = 384;
  const Dense a = Dense::Constant(kSize, kSize, 0.5f);
  Dense b(kSize, kSize);
  double best = 0;
  for (int i = 0; i < 4; ++i) {  // the first wakes the library up
    const auto before = std::chrono::steady_clock::now();
    b.noalias() = a * a;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
    best = std::max(best, 2.0 * kSize * kSize * kSize / std::max(took.count(), 1e-9));
  }
  return best;
}

void orthonormalise(Dense& matrix) {
  for (int round = 0; round < 2; ++round) {
    Dense gram = Dense::Zero(matrix.cols(), matrix.cols());
    gram.selfadjointView<Eigen::Lower>().rankUpdate(matrix.transpose());
    gram.diagonal().array() += 1e-6f * gram.diagonal().maxCoeff() + 1e-30f;
    const Eigen::LLT<Dense> cholesky(gram.selfadjointView<Eigen::Lower>());
    cholesky.matrixL().transpose().solveInPlace<Eigen::OnTheRight>(matrix);
  }
}

}  // namespace cliffhanger::learn
