/**
 * The node's events as one consumer sees them. The library sends one at a time and the next only after the
 * acknowledgement, so there is never more than one here; it stays first until it is acknowledged.
 */
import type { Delivery, NodeEvent } from "../node/port.ts";
import { FfiError } from "./errors.ts";

export interface EventStream {
  push(seq: string, event: NodeEvent): void;
  /** No more events from this run; what was not acknowledged comes again with the next. */
  end(): void;
  /** Ends with an error, which the consumer meets at its next read. */
  fail(error: FfiError): void;
  /** A new run of the node begins. */
  reopen(): void;
  /** @throws FfiError `conflict` when somebody else reads already */
  read(): AsyncIterableIterator<Delivery>;
}

interface Reader {
  /** The event it was given last. */
  shown?: string;
  waiting?: { resolve(result: IteratorResult<Delivery>): void; reject(error: FfiError): void };
}

const over: IteratorResult<Delivery> = { done: true, value: undefined };

export function createEventStream(acknowledge: (seq: string) => Promise<void>): EventStream {
  let head: { seq: string; delivery: Delivery } | undefined;
  let ended = false;
  let failure: FfiError | undefined;
  let reader: Reader | undefined;

  function deliveryOf(seq: string, event: NodeEvent): Delivery {
    let acknowledged: Promise<void> | undefined;
    return {
      event,
      acknowledge() {
        acknowledged ??= acknowledge(seq).then(
          () => {
            if (head?.seq === seq) head = undefined;
          },
          (error: unknown) => {
            acknowledged = undefined; // it may be tried again
            throw error;
          },
        );
        return acknowledged;
      },
    };
  }

  /** Gives the waiting reader what there is for it. */
  function serve(): void {
    const waiting = reader?.waiting;
    if (reader === undefined || waiting === undefined) return;
    if (failure !== undefined) waiting.reject(failure);
    else if (ended) waiting.resolve(over);
    else if (head !== undefined && head.seq !== reader.shown) {
      reader.shown = head.seq;
      waiting.resolve({ done: false, value: head.delivery });
    } else return;
    delete reader.waiting;
  }

  return {
    push(seq, event) {
      if (ended) return;
      head = { seq, delivery: deliveryOf(seq, event) };
      serve();
    },
    end() {
      ended = true;
      head = undefined;
      serve();
    },
    fail(error) {
      failure = error;
      serve();
    },
    reopen() {
      ended = false;
      delete reader?.shown;
    },
    read() {
      if (reader !== undefined)
        throw new FfiError("conflict", "the node's events have a consumer already; end that one");
      const mine: Reader = {};
      reader = mine;
      return {
        [Symbol.asyncIterator]() {
          return this;
        },
        next() {
          if (reader !== mine) return Promise.resolve(over);
          if (mine.waiting) return Promise.reject(new FfiError("conflict", "one read of the node's events at a time"));
          return new Promise((resolve, reject) => {
            mine.waiting = { resolve, reject };
            serve();
          });
        },
        return() {
          mine.waiting?.resolve(over);
          if (reader === mine) reader = undefined;
          return Promise.resolve(over);
        },
      };
    },
  };
}
