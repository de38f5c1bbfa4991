/** Why the handler refuses a request. What it says goes to the page: it never contains a secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** The HTTP status of the answer. */
  declare readonly status: number;
  /** A stable word for programs. */
  declare readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** @throws {Refusal} 400 `InvalidRequest`: the request isn't what the protocol says */
export function refuseAsInvalid(message: string): never {
  throw new Refusal(400, 'InvalidRequest', message);
}
