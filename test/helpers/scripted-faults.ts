/** Faults that a test scripts for the requests of {@link createService}. */
import { OssError } from '../../src/errors.js';

export type Operation = 'Initiate' | 'UploadPart' | 'ListParts' | 'Complete' | 'Abort' | 'Put' | 'Head';

/** What goes wrong with a request, or delays it. */
export interface Fault {
  /** Only requests about this part. @default every part */
  part?: number;
  /** How many requests pass unharmed first. @default 0 */
  skip?: number;
  /** How many requests are affected. @default 1 */
  times?: number;
  /** Thrown instead of an answer. */
  error?: unknown;
  /** Whether the service has done its work before the error. @default false */
  isDone?: boolean;
  /** The answer comes after this. */
  after?: Promise<unknown>;
  /** Changes what the answer says. */
  reply?: (answer: any) => unknown;
}

export interface FaultList {
  add(operation: Operation, fault: Fault): void;
  clear(): void;
  /** The fault that this request meets, counted as used. */
  take(operation: Operation, part: number | undefined): Fault | undefined;
}

export function createFaultList(): FaultList {
  const faults: (Fault & { operation: Operation; skip: number; times: number })[] = [];
  return {
    add: (operation, fault) => void faults.push({ skip: 0, times: 1, ...fault, operation }),
    clear: () => void faults.splice(0),
    take(operation, part) {
      const fault = faults.find((one) => one.operation === operation && (one.part === undefined || one.part === part));
      if (!fault) return undefined;
      if (fault.skip > 0) {
        fault.skip -= 1;
        return undefined;
      }
      fault.times -= 1;
      if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
      return fault;
    },
  };
}

/** An error as OSS answers it. */
export function ossError(code: string, status: number, operation = 'Operation'): OssError {
  return new OssError(code, `${operation} failed with ${status} ${code}`, { status, operation });
}
