/* A CUDA driver without a GPU, for tests of the host side: libcuda.so.1.

Device memory is the host's, every launch is handed to a function of the test's (`fake_set`), and any call can be told
to fail. Settings are environment variables: FAKE_INIT, the error of cuInit; FAKE_VERSION, such as 13050; FAKE_CC, the
compute capability as 90; FAKE_COUNT of devices; FAKE_MEMORY in bytes. Functions that are not here are not found, which
the libraries above bear until they call one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int Result;
typedef uint64_t Address;
enum { INVALID = 1, FULL = 2, NO_DEVICE = 101, NO_CONTEXT = 201, NO_BINARY = 209, NOT_THERE = 500 };
typedef Result (*Launch)(const char *name, void **parameters, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz);
typedef const char *(*Load)(const void *image); /* a name for a launch; NULL where the image is not known */

static long setting(const char *name, long otherwise)
{
    const char *text = getenv(name);
    return text ? atol(text) : otherwise;
}

/* what a test sets and reads */
static Launch launched;
static Load loaded;
static pid_t owner; /* a forked child's context is of no use */
static Result lasting; /* an error after which every call fails */
static char failing[64];
static long failing_after;
static Result failing_with;
struct counts { long launches, loads, up, down, used, peak; } fake_counts;

void fake_set(Launch launch, Load load) { launched = launch; loaded = load; }
void fake_fail(const char *call, long after, Result with) /* the call with this beginning, after so many that succeed */
{
    snprintf(failing, sizeof failing, "%s", call);
    failing_after = after;
    failing_with = with;
}

static int fatal(Result error) { return error == 700 || error == 702 || error == 719; }

static Result fails(const char *call)
{
    if (lasting) return lasting;
    if (owner && owner != getpid()) return 3; /* not initialised, in this process */
    if (!failing[0] || strncmp(call, failing, strlen(failing)) || failing_after-- > 0) return 0;
    failing[0] = 0;
    if (fatal(failing_with)) lasting = failing_with;
    return failing_with;
}

/* device memory: a list of what was allocated */
struct block { Address at; size_t size; struct block *next; };
static struct block *blocks;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

static long total(void) { return setting("FAKE_MEMORY", 8L << 30); }

static Result allocate(Address *at, size_t size)
{
    Result error = fails("cuMemAlloc");
    void *memory;
    if (error) return error;
    if (!size) return INVALID;
    if (fake_counts.used + (long)size > total() || posix_memalign(&memory, 512, size)) return FULL;
    memset(memory, 0xA5, size); /* what is not written shows */
    struct block *made = malloc(sizeof *made);
    pthread_mutex_lock(&guard);
    *made = (struct block){(Address)memory, size, blocks};
    blocks = made;
    fake_counts.used += size;
    if (fake_counts.used > fake_counts.peak) fake_counts.peak = fake_counts.used;
    pthread_mutex_unlock(&guard);
    *at = (Address)memory;
    return 0;
}

static Result release(Address at)
{
    Result error = INVALID;
    pthread_mutex_lock(&guard);
    for (struct block **each = &blocks; *each; each = &(*each)->next)
        if ((*each)->at == at) {
            struct block *gone = *each;
            *each = gone->next;
            fake_counts.used -= gone->size;
            free((void *)at);
            free(gone);
            error = 0;
            break;
        }
    pthread_mutex_unlock(&guard);
    return error;
}

int fake_blocks(Address *into, int most) /* begin and size of each */
{
    int count = 0;
    for (struct block *each = blocks; each && count < most; each = each->next, count++) {
        into[2 * count] = each->at;
        into[2 * count + 1] = each->size;
    }
    return count;
}

static int held(Address at, size_t size)
{
    for (struct block *each = blocks; each; each = each->next)
        if (at >= each->at && at + size <= each->at + each->size) return 1;
    return !size;
}

static Result copy(const char *call, void *to, const void *from, Address checked, size_t size, long *counted)
{
    Result error = fails(call);
    if (error) return error;
    if (!held(checked, size)) return INVALID;
    memmove(to, from, size);
    if (counted) *counted += size;
    return 0;
}

/* the driver and its devices */
Result cuInit(unsigned flags)
{
    owner = getpid();
    return (Result)setting("FAKE_INIT", 0);
}
Result cuDriverGetVersion(int *version) { *version = (int)setting("FAKE_VERSION", 13050); return 0; }
Result cuDeviceGetCount(int *count) { *count = (int)setting("FAKE_COUNT", 1); return 0; }
Result cuDeviceGet(int *device, int which) { *device = which; return which < setting("FAKE_COUNT", 1) ? 0 : NO_DEVICE; }
Result cuDeviceGetName(char *name, int most, int device) { snprintf(name, most, "Fake GPU %d", device); return 0; }
Result cuDeviceGetUuid(void *id, int device) { memset(id, device + 1, 16); return 0; }
Result cuDeviceTotalMem(size_t *bytes, int device) { *bytes = total(); return 0; }
Result cuDeviceGetAttribute(int *value, int attribute, int device)
{
    long cc = setting("FAKE_CC", 90);
    switch (attribute) {
    case 75: *value = cc / 10; break;
    case 76: *value = cc % 10; break;
    case 1: case 2: case 3: *value = 1024; break; /* threads of a block, and along x and y */
    case 4: *value = 64; break;
    case 5: *value = 2147483647; break; /* blocks along x, y and z */
    case 6: case 7: *value = 65535; break;
    case 8: *value = 49152; break; /* shared memory */
    case 10: *value = 32; break;
    case 12: *value = 65536; break; /* registers */
    case 16: *value = 132; break;
    case 39: *value = 2048; break;
    case 41: *value = 1; break;
    default: *value = 0;
    }
    return 0;
}

/* contexts: one a device, current in the threads that made it so */
static __thread Address stack[64];
static __thread int top;
#define CONTEXT 0x1000
Result cuDevicePrimaryCtxRetain(Address *context, int device) { *context = CONTEXT + device; return fails("cuDevicePrimary"); }
Result cuDevicePrimaryCtxRelease(int device) { return 0; }
Result cuDevicePrimaryCtxReset(int device) { return 0; }
Result cuDevicePrimaryCtxSetFlags(int device, unsigned flags) { return 0; }
Result cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *active) { *flags = 0; *active = 1; return 0; }
Result cuCtxGetCurrent(Address *context) { *context = top ? stack[top - 1] : 0; return 0; }
Result cuCtxPushCurrent(Address context) { stack[top++] = context; return 0; }
Result cuCtxPopCurrent(Address *context) { if (!top) return NO_CONTEXT; *context = stack[--top]; return 0; }
Result cuCtxSetCurrent(Address context)
{
    if (!context) top -= top > 0;
    else stack[top ? top - 1 : top++] = context;
    return 0;
}
Result cuCtxGetDevice(int *device) { if (!top) return NO_CONTEXT; *device = (int)(stack[top - 1] - CONTEXT); return 0; }
Result cuCtxSynchronize(void) { return fails("cuCtxSynchronize"); }
Result cuCtxGetId(Address context, unsigned long long *id) { *id = context; return 0; }
Result cuCtxGetApiVersion(Address context, unsigned *version) { *version = 13050; return 0; }
Result cuCtxGetStreamPriorityRange(int *least, int *most) { *least = 0; *most = -5; return 0; }

Result cuMemGetInfo(size_t *left, size_t *all) { *all = total(); *left = *all - fake_counts.used; return fails("cuMemGetInfo"); }
Result cuMemAlloc(Address *at, size_t size) { return allocate(at, size); }
Result cuMemAllocAsync(Address *at, size_t size, void *stream) { return allocate(at, size); }
Result cuMemFree(Address at) { return release(at); }
Result cuMemFreeAsync(Address at, void *stream) { return release(at); }
Result cuMemcpyHtoD(Address to, const void *from, size_t size) { return copy("cuMemcpyHtoD", (void *)to, from, to, size, &fake_counts.up); }
Result cuMemcpyDtoH(void *to, Address from, size_t size) { return copy("cuMemcpyDtoH", to, (void *)from, from, size, &fake_counts.down); }
Result cuMemcpyDtoD(Address to, Address from, size_t size) { return copy("cuMemcpyDtoD", (void *)to, (void *)from, to, size, NULL); }
Result cuMemcpyHtoDAsync(Address to, const void *from, size_t size, void *stream) { return cuMemcpyHtoD(to, from, size); }
Result cuMemcpyDtoHAsync(void *to, Address from, size_t size, void *stream) { return cuMemcpyDtoH(to, from, size); }
Result cuMemcpyDtoDAsync(Address to, Address from, size_t size, void *stream) { return cuMemcpyDtoD(to, from, size); }
Result cuMemsetD8(Address at, unsigned char value, size_t size) { memset((void *)at, value, size); return 0; }
Result cuMemsetD8Async(Address at, unsigned char value, size_t size, void *stream) { return cuMemsetD8(at, value, size); }
Result cuMemHostAlloc(void **at, size_t size, unsigned flags) { *at = malloc(size); return 0; }
Result cuMemFreeHost(void *at) { free(at); return 0; }
Result cuPointerGetAttribute(void *into, int attribute, Address at) { *(Address *)into = at; return held(at, 1) ? 0 : INVALID; }

/* streams and events: everything is done at once */
Result cuStreamCreate(void **stream, unsigned flags) { *stream = malloc(8); return 0; }
Result cuStreamDestroy(void *stream) { return 0; }
Result cuStreamSynchronize(void *stream) { return fails("cuStreamSynchronize"); }
Result cuStreamQuery(void *stream) { return lasting; }
Result cuEventCreate(void **event, unsigned flags) { *event = malloc(8); return 0; }
Result cuEventDestroy(void *event) { return 0; }
Result cuEventRecord(void *event, void *stream) { return 0; }
Result cuEventSynchronize(void *event) { return lasting; }

/* code: a library has one kernel, which has the name that the test gave it */
struct library { char name[256]; };
Result cuLibraryLoadData(struct library **library, const void *image, void *a, void *b, unsigned c, void *d, void *e, unsigned f)
{
    Result error = fails("cuLibraryLoadData");
    const char *name = !error && loaded ? loaded(image) : NULL;
    if (error || !name) return error ? error : NO_BINARY;
    *library = calloc(1, sizeof **library);
    snprintf((*library)->name, sizeof (*library)->name, "%s", name);
    fake_counts.loads++;
    return 0;
}
Result cuLibraryUnload(struct library *library) { return 0; }
Result cuLibraryGetKernel(struct library **kernel, struct library *library, const char *name) { *kernel = library; return 0; }
Result cuLibraryGetModule(struct library **module, struct library *library) { *module = library; return 0; }
Result cuKernelGetFunction(struct library **function, struct library *kernel) { *function = kernel; return 0; }
Result cuKernelGetAttribute(int *value, int attribute, struct library *kernel, int device) { *value = attribute ? 0 : 1024; return 0; }
Result cuFuncGetAttribute(int *value, int attribute, struct library *kernel) { *value = 0; return 0; }
Result cuKernelGetName(const char **name, struct library *kernel) { *name = kernel->name; return 0; }
Result cuKernelGetParamInfo(struct library *kernel, size_t k, size_t *at, size_t *size) { return INVALID; }

struct setup { unsigned gx, gy, gz, bx, by, bz, shared; void *stream, *attributes; unsigned count; };
Result cuLaunchKernelEx(const struct setup *s, struct library *kernel, void **parameters, void **extra)
{
    Result error = fails("cuLaunchKernel");
    if (error) return fatal(error) ? 0 : error; /* a fault of a kernel shows when it is waited for */
    if (!top) return NO_CONTEXT;
    if (!s->gx || !s->gy || !s->gz || s->gx > 2147483647u || s->gy > 65535 || s->gz > 65535 || s->bx * s->by * s->bz > 1024) return INVALID;
    fake_counts.launches++;
    if (launched) lasting = launched(kernel->name, parameters, s->gx, s->gy, s->gz, s->bx, s->by, s->bz);
    return 0;
}
Result cuLaunchKernel(struct library *kernel, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *stream, void **parameters, void **extra)
{
    struct setup s = {gx, gy, gz, bx, by, bz, shared, stream, NULL, 0};
    return cuLaunchKernelEx(&s, kernel, parameters, extra);
}

Result cuGetErrorName(int error, const char **name)
{
    static const struct { int error; const char *name; } names[] = {
        {1, "CUDA_ERROR_INVALID_VALUE"}, {2, "CUDA_ERROR_OUT_OF_MEMORY"}, {3, "CUDA_ERROR_NOT_INITIALIZED"},
        {100, "CUDA_ERROR_NO_DEVICE"}, {101, "CUDA_ERROR_INVALID_DEVICE"}, {201, "CUDA_ERROR_INVALID_CONTEXT"},
        {209, "CUDA_ERROR_NO_BINARY_FOR_GPU"}, {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"},
        {700, "CUDA_ERROR_ILLEGAL_ADDRESS"}, {702, "CUDA_ERROR_LAUNCH_TIMEOUT"}, {719, "CUDA_ERROR_LAUNCH_FAILED"},
        {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"}, {999, "CUDA_ERROR_UNKNOWN"}};
    for (unsigned k = 0; k < sizeof names / sizeof *names; k++)
        if (names[k].error == error) { *name = names[k].name; return 0; }
    *name = "CUDA_ERROR_OF_ANOTHER_KIND";
    return 0;
}
Result cuGetErrorString(int error, const char **text) { return cuGetErrorName(error, text); }

Result cuGetProcAddress_v2(const char *name, void **function, int version, uint64_t flags, int *status)
{
    Dl_info self;
    dladdr((void *)cuInit, &self);
    *function = dlsym(dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD), name);
    if (status) *status = !*function;
    return *function ? 0 : NOT_THERE;
}
Result cuGetProcAddress(const char *name, void **function, int version, uint64_t flags)
{
    return cuGetProcAddress_v2(name, function, version, flags, NULL);
}
