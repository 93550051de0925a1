/* What the lanes engine is measured against: the same blocks of 64 runs in C, with nothing recorded but the
   best value, without which a compiler may leave the values out.
   One function runs one pair of landscape and rule: x, m, v are (blocks, n, 64). */
#include <math.h>
#define B 64
#define ROW for (int l = 0; l < B; l++)
#define RESTRICT restrict

#ifndef NMAX
#define NMAX 128
#endif

/* sin(pi x), and cos(pi x) where `cosine` is 1: ngdm_lab.compiler.math.float64 */
static inline double of_pi(double x, int cosine)
{
    double r = x - 2.0 * rint(0.5 * x), h = 0.5 * rint(2.0 * r), t = r - h, z = t * t;
    double p = 2.550164039874027 + z * (-0.5992645289761195 + z * (0.08214587016569905 + z * (
        -0.007370034319852937 + z * 0.0004615949610094388)));
    double s = 3.141592653589793 * t - (t * z * (5.16771278004996 - z * p) - 1.2246467991473532e-16 * t);
    double u = 4.058712126416757 + z * (-1.3352627688531686 + z * (0.23533063024398165 + z * (
        -0.025806886826923767 + z * (0.0019294787607771144 - z * 0.00010362464958654168))));
    double c = 1.0 - t * (t * (4.934802200544679 - z * u));
    double y = (fabs(h) == 0.5) != cosine ? c : s;
    return fabs(cosine ? h + 0.25 : h - 0.25) > 0.5 ? -y : y;
}

static inline void rosenbrock(const double *RESTRICT x, double *RESTRICT g, double *RESTRICT f, int n)
{
    ROW { f[l] = 0.0; g[l] = 0.0; }
    for (int i = 0; i < n - 1; i++)
        ROW {
            double a = x[(i + 1) * B + l] - x[i * B + l] * x[i * B + l], b = 1.0 - x[i * B + l];
            f[l] += 100.0 * a * a + b * b;
            g[i * B + l] -= 400.0 * x[i * B + l] * a + 2.0 * b;
            g[(i + 1) * B + l] = 200.0 * a;
        }
}

static inline void rastrigin(const double *RESTRICT x, double *RESTRICT g, double *RESTRICT f, int n)
{
    ROW f[l] = 0.0;
    for (int i = 0; i < n; i++)
        ROW {
            double v = x[i * B + l], s = of_pi(v, 0);
            f[l] += v * v + 20.0 * s * s;
            g[i * B + l] = 2.0 * v + 40.0 * 3.141592653589793 * s * of_pi(v, 1);
        }
}

static inline void adam(double *RESTRICT x, const double *RESTRICT g, double *RESTRICT m, double *RESTRICT v,
                        int n, long t, const double *h)
{
    double lr = h[0], b1 = h[1], b2 = h[2], eps = h[3], wd = h[4];
    double c1 = 1.0 / (1.0 - pow(b1, (double)t)), c2 = 1.0 / (1.0 - pow(b2, (double)t));
    for (int i = 0; i < n; i++)
        ROW {
            int j = i * B + l;
            double a = g[j] + wd * x[j];
            m[j] = b1 * m[j] + (1.0 - b1) * a;
            v[j] = b2 * v[j] + (1.0 - b2) * a * a;
            x[j] -= lr * (c1 * m[j] / (sqrt(c2 * v[j]) + eps));
        }
}

/* h: lr, momentum, dampening, weight decay; d: the diagonal 1/psi'(alpha) and, for the exact form, c behind it */
static inline void nesterov(double *RESTRICT x, double *RESTRICT g, double *RESTRICT b, int n, long t, const double *h,
                            const double *d, int exact)
{
    double lr = h[0], mu = h[1], tau = h[2], wd = h[3];
    for (int i = 0; i < n; i++)
        ROW {
            int j = i * B + l;
            double a = g[j] + wd * x[j];
            b[j] = t == 1 ? a : mu * b[j] + (1.0 - tau) * a;
            g[j] = a + mu * b[j];
        }
    double s[B];
    ROW s[l] = 0.0;
    if (exact) {
        for (int i = 0; i < n; i++) ROW s[l] += d[i] * g[i * B + l];
        ROW s[l] *= d[n];
    }
    for (int i = 0; i < n; i++) ROW x[i * B + l] -= lr * (d[i] * (g[i * B + l] + s[l]));
}

#define RUN(NAME, LANDSCAPE, UPDATE)                                                                         \
    void NAME(double *X, double *M, double *V, long blocks, int n, long steps, const double *h, const double *d) \
    {                                                                                                        \
        for (long k = 0; k < blocks; k++) {                                                                  \
            double x[NMAX * B] __attribute__((aligned(64))), g[NMAX * B] __attribute__((aligned(64)));       \
            double m[NMAX * B] __attribute__((aligned(64))), v[NMAX * B] __attribute__((aligned(64)));       \
            double f[B] __attribute__((aligned(64))), best[B] __attribute__((aligned(64)));\
            (void)v;                                                     \
            for (int j = 0; j < n * B; j++) { x[j] = X[k * n * B + j]; m[j] = 0.0; v[j] = 0.0; }             \
            ROW best[l] = INFINITY;                                                                          \
            for (long t = 1; t <= steps; t++) { LANDSCAPE(x, g, f, n); ROW best[l] = f[l] < best[l] ? f[l] : best[l]; UPDATE; } \
            LANDSCAPE(x, g, f, n);                                                                           \
            for (int j = 0; j < n * B; j++) X[k * n * B + j] = x[j];                                         \
            ROW { M[k * B + l] = f[l]; V[k * B + l] = best[l]; }                                                                         \
        }                                                                                                    \
        (void)d;                                                                                   \
    }

RUN(rosenbrock_adam, rosenbrock, adam(x, g, m, v, n, t, h))
RUN(rosenbrock_diagonal, rosenbrock, nesterov(x, g, m, n, t, h, d, 0))
RUN(rosenbrock_exact, rosenbrock, nesterov(x, g, m, n, t, h, d, 1))
RUN(rastrigin_adam, rastrigin, adam(x, g, m, v, n, t, h))
RUN(rastrigin_diagonal, rastrigin, nesterov(x, g, m, n, t, h, d, 0))
RUN(rastrigin_exact, rastrigin, nesterov(x, g, m, n, t, h, d, 1))
