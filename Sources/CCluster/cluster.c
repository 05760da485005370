#include "cluster.h"

#ifdef ZOO_MPI
#include <mpi.h>
#include <stdlib.h>
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

static int wait_for_arrival(void);

int zc_finish(void) {
  int code = wait_for_arrival();
  return code ? code : MPI_Finalize();
}

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

// Messages on their way. A large one waits until it is received; two ranks that send to each other and only then receive
// would wait for ever, so a message is copied, and what has arrived is forgotten at the next call.
typedef struct outgoing {
  struct outgoing *next;
  MPI_Request request;
  char data[];
} outgoing;
static outgoing *on_their_way;

static int forget_arrived(void) {
  for (outgoing **place = &on_their_way; *place;) {
    outgoing *message = *place;
    int is_there = 0, code = MPI_Test(&message->request, &is_there, MPI_STATUS_IGNORE);
    if (code) return code;
    if (is_there) {
      *place = message->next;
      free(message);
    } else {
      place = &message->next;
    }
  }
  return MPI_SUCCESS;
}

static int wait_for_arrival(void) {
  int code = MPI_SUCCESS;
  while (on_their_way && !code) code = forget_arrived();
  return code;
}

int zc_send(const void *data, int bytes, int rank) {
  int code = forget_arrived();
  if (code) return code;
  outgoing *message = malloc(sizeof *message + (size_t)bytes);
  if (!message) return MPI_ERR_NO_MEM;
  memcpy(message->data, data, (size_t)bytes);
  code = MPI_Isend(message->data, bytes, MPI_BYTE, rank, message_tag, work, &message->request);
  if (code) {
    free(message);
    return code;
  }
  message->next = on_their_way;
  on_their_way = message;
  return MPI_SUCCESS;
}

int zc_probe(int *is_there, int *rank, int *bytes) {
  MPI_Status status;
  int code = forget_arrived();
  if (code) return code;
  code = MPI_Iprobe(MPI_ANY_SOURCE, message_tag, work, is_there, &status);
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
