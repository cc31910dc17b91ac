#include "libs/learn/blas.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <chrono>

extern "C" {
void openblas_set_num_threads(int threads);
void spotrf_(const char* half, const int* n, float* a, const int* lda, int* info);
void spotri_(const char* half, const int* n, float* a, const int* lda, int* info);
void sposv_(const char* half, const int* n, const int* columns, float* a, const int* lda, float* b,
            const int* ldb, int* info);
}

namespace cliffhanger::learn {
namespace {

// Our own threads are the parallel ones; OpenBLAS's would only be in their way.
[[maybe_unused]] const bool kOneThread = (openblas_set_num_threads(1), true);

}  // namespace

BlasThreads::BlasThreads(int threads) {
  openblas_set_num_threads(threads);
}
BlasThreads::~BlasThreads() {
  openblas_set_num_threads(1);
}

bool invert_definite(Dense& matrix) {
  const int n = static_cast<int>(matrix.rows());
  int info = 0;
  spotrf_("L", &n, matrix.data(), &n, &info);
  if (info != 0) return false;
  spotri_("L", &n, matrix.data(), &n, &info);
  if (info != 0) return false;
  matrix.triangularView<Eigen::StrictlyUpper>() = matrix.transpose();
  return true;
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
