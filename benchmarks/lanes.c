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

static inline double quarters(double x, long q)
{
    double k = rint(x * 0.6366197723675814);
    double a = (x - k * 1.570796012878418) - k * 3.139164164167596e-07;
    double b = a - k * 6.223371969669989e-14;
    double e = b - k * 2.0222659584103533e-21;
    double r = e - k * 2.9038559739793605e-28;
    double t = ((a - b) - k * 6.223371969669989e-14) + ((b - e) - k * 2.0222659584103533e-21)
               + ((e - r) - k * 2.9038559739793605e-28);
    double z = r * r, v = z * r, h = 0.5 * z, w = 1.0 - h;
    double p = 8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * (2.75573137070700676789e-06 + z * (
        -2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)));
    double s = r - ((z * (0.5 * t - v * p) - t) + v * 1.66666666666666324348e-01);
    double u = z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * (2.48015872894767294178e-05
        + z * (-2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 - z * 1.13596475577881948265e-11)))));
    double c = w + (((1.0 - w) - h) + (z * u - r * t));
    long j = (long)k + q;
    double y = (j & 1) ? c : s;
    return (j & 2) ? -y : y;
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
            double v = x[i * B + l], t = 3.141592653589793 * (v - rint(v)), s = quarters(t, 0);
            f[l] += v * v + 20.0 * s * s;
            g[i * B + l] = 2.0 * v + 40.0 * 3.141592653589793 * s * quarters(t, 1);
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
