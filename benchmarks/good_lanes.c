/* What a good programmer of C would write for the pairs of lanes.c, free to round as he likes: a block is two vectors
   that are in flight together, gradient and update are one pass, the number of coordinates is known at compilation
   where it is small (the state then stays in registers), and sin and cos are polynomials of turns, both from one
   reduction. x, m, v are (blocks, n, LANES); the best value is kept, as in lanes.c. Needs the vectors of GCC or Clang. */
#include <math.h>
#define L 8 /* doubles of one vector */
#define V 2 /* vectors in flight */
#define LANES (L * V)
#define NMAX 256
#define EACH _Pragma("GCC unroll 2") for (int k = 0; k < V; k++)

typedef double vec __attribute__((vector_size(8 * L)));
typedef long mask __attribute__((vector_size(8 * L)));

static inline vec roots(vec a) { for (int l = 0; l < L; l++) a[l] = sqrt(a[l]); return a; }
static inline vec lesser(vec a, vec b) { mask c = a < b; return (vec)(((mask)a & c) | ((mask)b & ~c)); }
static inline vec whole(vec a) { for (int l = 0; l < L; l++) a[l] = rint(a[l]); return a; }

/* x^2 + 20 sin(pi x)^2 is added to f; both sin^2 and sin * cos have the period 1 */
static inline vec rastrigin(vec x, vec *f)
{
    vec r = x - whole(x), h = whole(2.0 * r), t = r - 0.5 * h, z = t * t;
    vec s = t * (3.141592653589793 - z * (5.16771278004996 - z * (2.550164039874027 + z * (-0.5992645289761195 + z * (
        0.08214587016569905 + z * (-0.007370034319852937 + z * 0.0004615949610094388))))));
    vec c = 1.0 - z * (4.934802200544679 - z * (4.058712126416757 + z * (-1.3352627688531686 + z * (
        0.23533063024398165 + z * (-0.025806886826923767 + z * (0.0019294787607771144 - z * 0.00010362464958654168))))));
    vec ss = s * s, odd = h * h; /* 0, or 1 where sin and cos change places */
    *f += x * x + 20.0 * (ss + odd * (c * c - ss));
    return 2.0 * x + (125.66370614359172 - 251.32741228718345 * odd) * (s * c);
}

/* the gradient at i, the value's term added to f; `from` is what the term before adds to it, and is replaced */
static inline vec rosenbrock(vec x, vec next, vec *from, vec *f)
{
    vec a = next - x * x, b = 1.0 - x, g = *from - 400.0 * x * a - 2.0 * b;
    *f += 100.0 * a * a + b * b;
    *from = 200.0 * a;
    return g;
}

#define OF_ROSENBROCK (i < n - 1 ? rosenbrock(x[i][k], x[i + 1][k], &from[k], &f[k]) : from[k])
#define OF_RASTRIGIN rastrigin(x[i][k], &f[k])

#define ADAM                                                                                  \
    m[i][k] = h[1] * m[i][k] + (1.0 - h[1]) * g;                                              \
    v[i][k] = h[2] * v[i][k] + (1.0 - h[2]) * (g * g);                                        \
    x[i][k] -= rate * m[i][k] / (roots(v[i][k]) + eps);
#define DIAGONAL                                                                              \
    m[i][k] = h[1] * m[i][k] + g;                                                             \
    x[i][k] -= h[0] * d[i] * (g + h[1] * m[i][k]);
#define EXACT                                                                                 \
    m[i][k] = h[1] * m[i][k] + g;                                                             \
    v[i][k] = d[i] * (g + h[1] * m[i][k]);                                                    \
    sum[k] += v[i][k];
#define NOTHING
#define SHARED for (int i = 0; i < n; i++) EACH x[i][k] -= h[0] * (v[i][k] + d[n] * d[i] * sum[k]);

/* h: lr, two betas and eps of Adam, or lr and momentum; d: 1/psi'(alpha), and c of the exact form behind it */
#define RUN(NAME, N, UNROLL, GRADIENT, UPDATE, AFTER)                                         \
    void NAME(double *X, double *M, double *B, long blocks, int count, long steps, const double *h, const double *d) \
    {                                                                                         \
        const int n = N;                                                                      \
        (void)count; (void)d;                                                                 \
        for (long block = 0; block < blocks; block++) {                                       \
            vec x[N_OF(N)][V], m[N_OF(N)][V], v[N_OF(N)][V], best[V], f[V], from[V], sum[V];  \
            vec *given = (vec *)X + block * n * V;                                            \
            double p1 = 1.0, p2 = 1.0;                                                        \
            UNROLL for (int i = 0; i < n; i++)                                                \
                EACH { x[i][k] = given[i * V + k]; m[i][k] = v[i][k] = (vec){0}; }            \
            EACH best[k] = (vec){0} + 1e300;                                                  \
            for (long t = 0; t <= steps; t++) {                                               \
                p1 *= h[1]; p2 *= h[2];                                                       \
                double root = sqrt(1.0 - p2), rate = h[0] * root / (1.0 - p1), eps = h[3] * root; \
                (void)rate; (void)eps;                                                        \
                EACH f[k] = from[k] = sum[k] = (vec){0};                                      \
                if (t == steps) {                                                             \
                    UNROLL for (int i = 0; i < n; i++) EACH (void)(GRADIENT);                 \
                    break;                                                                    \
                }                                                                             \
                UNROLL for (int i = 0; i < n; i++) EACH { vec g = GRADIENT; UPDATE }          \
                EACH best[k] = lesser(f[k], best[k]);                                          \
                AFTER                                                                         \
            }                                                                                 \
            UNROLL for (int i = 0; i < n; i++) EACH given[i * V + k] = x[i][k];               \
            EACH { ((vec *)M)[block * V + k] = f[k]; ((vec *)B)[block * V + k] = best[k]; }   \
        }                                                                                     \
    }
#define N_OF(N) (N_IS_##N)
#define N_IS_2 2
#define N_IS_10 10
#define N_IS_count NMAX
#define UNROLLED _Pragma("GCC unroll 2")
#define LOOP

RUN(rosenbrock_adam_2, 2, UNROLLED, OF_ROSENBROCK, ADAM, NOTHING)
RUN(rosenbrock_diagonal_2, 2, UNROLLED, OF_ROSENBROCK, DIAGONAL, NOTHING)
RUN(rosenbrock_exact_2, 2, UNROLLED, OF_ROSENBROCK, EXACT, SHARED)
RUN(rastrigin_adam_10, 10, LOOP, OF_RASTRIGIN, ADAM, NOTHING)
RUN(rastrigin_diagonal_10, 10, LOOP, OF_RASTRIGIN, DIAGONAL, NOTHING)
RUN(rastrigin_exact_10, 10, LOOP, OF_RASTRIGIN, EXACT, SHARED)
RUN(rosenbrock_adam, count, LOOP, OF_ROSENBROCK, ADAM, NOTHING)
RUN(rosenbrock_diagonal, count, LOOP, OF_ROSENBROCK, DIAGONAL, NOTHING)
RUN(rosenbrock_exact, count, LOOP, OF_ROSENBROCK, EXACT, SHARED)
