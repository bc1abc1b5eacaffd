/*
 * The C ABI of peer-stables' native library: Lightning nodes (ldk-node) and an embedded regtest chain.
 *
 * Messages are JSON; the methods, notifications and error kinds are in docs/native-abi.md. All functions may be called
 * from any thread. None prints, none lets a panic out, and none keeps a pointer after it returned.
 */
#ifndef PEER_STABLES_H
#define PEER_STABLES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this contract that the library speaks. */
#define PS_ABI_VERSION 1

/* What ps_recv answers for a handle that is unknown or closed. */
#define PS_GONE INT64_MIN

/* PS_ABI_VERSION as the library was built with; compare before anything else is called. */
uint32_t ps_abi_version(void);

/*
 * Opens a node or a chain from its configuration: `len` bytes of UTF-8 JSON, at most 1 MiB.
 *
 * Returns a handle (> 0). On failure: the negative size of the error JSON
 * {"error":{"kind":"...","message":"...","detail":"..."}}, which is written to `out` if `cap` bytes hold it whole.
 * Opening a node checks the configuration, takes the directory's lock and reads or makes the seed; the node itself is
 * built by the request node.start.
 */
int64_t ps_open(const uint8_t *json, size_t len, uint8_t *out, size_t cap);

/*
 * Copies and queues one request: `len` bytes of UTF-8 JSON-RPC 2.0 with an unsigned integer id. Never blocks.
 *
 * Returns 0 when queued (its answer comes through ps_recv), -1 for an unknown or closed handle, -2 for null, more than
 * 1 MiB or text that is not UTF-8, -3 when 1,024 requests and replies are waiting, -4 for what cannot be answered: not
 * JSON, or without a usable id.
 */
int32_t ps_send(int64_t handle, const uint8_t *json, size_t len);

/*
 * Copies the next reply or notification into `buf`, waiting up to `timeout_ms` for one.
 *
 * Returns its size; 0 when none came; the negative size it needs when `cap` is too small, in which case the message
 * stays next; PS_GONE for an unknown or closed handle.
 */
int64_t ps_recv(int64_t handle, uint8_t *buf, size_t cap, uint32_t timeout_ms);

/*
 * Stops the node or the chain cleanly and forgets the handle. May block for as long as a clean stop takes; send
 * node.stop and await its reply first to keep this short.
 *
 * Returns 0, or -1 for an unknown handle, so that a second call is harmless.
 */
int32_t ps_close(int64_t handle);

/*
 * The read end of a pipe that gets a byte when a message arrives in the empty queue; wait for it to become readable,
 * read what is there, then call ps_recv until it returns 0. It reads end-of-file once the handle is closed.
 *
 * Returns the descriptor, or -1 for an unknown handle. It stays the library's: never close it, duplicate it to keep it.
 */
int32_t ps_wake_fd(int64_t handle);

#ifdef __cplusplus
}
#endif

#endif
