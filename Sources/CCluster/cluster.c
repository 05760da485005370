#include "cluster.h"

#ifdef ZOO_MPI
#include <mpi.h>
#include <string.h>

// Work and the meeting at its end have channels of their own, so that a rank whose work failed meets nobody's work.
static MPI_Comm work = MPI_COMM_NULL, meeting = MPI_COMM_NULL;
static MPI_Request met = MPI_REQUEST_NULL;
static int own_outcome;

enum { message_tag = 1 };

int zc_start(int *rank, int *count) {
  int provided, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (code) return code;
  // Errors come back as codes instead of ending the program.
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &work))) return code;
  if ((code = MPI_Comm_dup(MPI_COMM_WORLD, &meeting))) return code;
  if ((code = MPI_Comm_rank(work, rank))) return code;
  return MPI_Comm_size(work, count);
}

int zc_finish(void) { return MPI_Finalize(); }

void zc_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

void zc_reason(int code, char *text, int capacity) {
  char reason[MPI_MAX_ERROR_STRING + 1] = "";
  int length = 0;
  if (MPI_Error_string(code, reason, &length)) strcpy(reason, "MPI names no reason");
  strncpy(text, reason, capacity - 1);
  text[capacity - 1] = 0;
}

int zc_host(char *text, int capacity) {
  char name[MPI_MAX_PROCESSOR_NAME + 1] = "";
  int length = 0, code = MPI_Get_processor_name(name, &length);
  strncpy(text, name, capacity - 1);
  text[capacity - 1] = 0;
  return code;
}

int zc_barrier(void) { return MPI_Barrier(work); }

int zc_broadcast(void *data, int bytes, int root) { return MPI_Bcast(data, bytes, MPI_BYTE, root, work); }

int zc_all_gather(const void *own, int bytes, void *all) {
  return MPI_Allgather(own, bytes, MPI_BYTE, all, bytes, MPI_BYTE, work);
}

int zc_all_gather_parts(void *all, const int *counts, const int *offsets) {
  return MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, all, counts, offsets, MPI_BYTE, work);
}

int zc_exchange(
  const float *sent, const int *sent_counts, const int *sent_offsets, float *received, const int *received_counts,
  const int *received_offsets) {
  return MPI_Alltoallv(
    sent, sent_counts, sent_offsets, MPI_FLOAT, received, received_counts, received_offsets, MPI_FLOAT, work);
}

int zc_send(const void *data, int bytes, int rank) {
  return MPI_Send(data, bytes, MPI_BYTE, rank, message_tag, work);
}

int zc_probe(int *is_there, int *rank, int *bytes) {
  MPI_Status status;
  int code = MPI_Iprobe(MPI_ANY_SOURCE, message_tag, work, is_there, &status);
  if (code || !*is_there) return code;
  *rank = status.MPI_SOURCE;
  return MPI_Get_count(&status, MPI_BYTE, bytes);
}

int zc_receive(void *data, int bytes, int rank) {
  return MPI_Recv(data, bytes, MPI_BYTE, rank, message_tag, work, MPI_STATUS_IGNORE);
}

int zc_meet(int outcome, int *outcomes) {
  own_outcome = outcome;
  return MPI_Iallgather(&own_outcome, 1, MPI_INT, outcomes, 1, MPI_INT, meeting, &met);
}

int zc_have_met(int *all) { return MPI_Test(&met, all, MPI_STATUS_IGNORE); }
#else
// Without the trait there is nothing here, and nobody calls it.
typedef int zc_nothing;
#endif
