// MPI behind functions that Swift can import: its constants are macros of structures. Present with the trait MPI alone.
//
// Every function that can fail returns 0 or MPI's error code; zc_reason puts that into words.
#pragma once

/// Joins the processes that were started together. One thread at a time may call the functions of this file.
int zc_start(int *rank, int *count);
/// Leaves them; nothing else may be called afterwards.
int zc_finish(void);
/// Ends all processes at once.
void zc_abort(int status);
/// MPI's own words for an error code, ended by a zero.
void zc_reason(int code, char *text, int capacity);
/// The name of this machine, ended by a zero.
int zc_host(char *text, int capacity);

int zc_barrier(void);
/// Bytes of one rank for all; at most INT_MAX.
int zc_broadcast(void *data, int bytes, int root);
/// Own bytes of every rank, as many from each, in the order of ranks.
int zc_all_gather(const void *own, int bytes, void *all);
/// Fills in the parts of the others; part r is `counts[r]` bytes from `offsets[r]` on, the own part is in place.
int zc_all_gather_parts(void *all, const int *counts, const int *offsets);
/// Sends part r to rank r and receives a part from each; counts and offsets in floats.
int zc_exchange(
  const float *sent, const int *sent_counts, const int *sent_offsets, float *received, const int *received_counts,
  const int *received_offsets);

/// Sends bytes to one rank; returns when they can be used again.
int zc_send(const void *data, int bytes, int rank);
/// Whether a message is there, and from whom and how long it is; returns at once.
int zc_probe(int *is_there, int *rank, int *bytes);
/// Takes a message of this rank.
int zc_receive(void *data, int bytes, int rank);

/// Says how this rank's work ended (any number) and asks how the others' did; returns at once.
int zc_meet(int outcome, int *outcomes);
/// Whether all have said it.
int zc_have_met(int *all);
