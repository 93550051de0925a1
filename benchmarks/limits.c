/* What the machine can do on one core: multiply-adds, roots with a division, and bytes moved by a copy. */
#include <math.h>
#define L 8
#define CHAINS 16 /* more than a unit is deep */
typedef double vec __attribute__((vector_size(8 * L)));
#define EACH _Pragma("GCC unroll 16") for (int k = 0; k < CHAINS; k++)

double multiply_adds(long count) /* does CHAINS * L * count of them */
{
    vec a[CHAINS], scale = (vec){0} + 0.999999, shift = (vec){0} + 1e-6;
    double sum = 0.0;
    EACH a[k] = (vec){0} + k;
    for (long t = 0; t < count; t++) EACH a[k] = a[k] * scale + shift;
    EACH for (int l = 0; l < L; l++) sum += a[k][l];
    return sum;
}

double roots(long count) /* does CHAINS * L * count of x / (sqrt(x) + 1) */
{
    vec a[CHAINS];
    double sum = 0.0;
    EACH a[k] = (vec){0} + 2.0 + k;
    for (long t = 0; t < count; t++)
        EACH {
            vec r = a[k];
            for (int l = 0; l < L; l++) r[l] = sqrt(r[l]);
            a[k] = a[k] / (r + 1.0) + 1.0;
        }
    EACH for (int l = 0; l < L; l++) sum += a[k][l];
    return sum;
}

void copy(double *restrict to, const double *restrict from, long count)
{
    for (long i = 0; i < count; i++) to[i] = 1.5 * from[i];
}
