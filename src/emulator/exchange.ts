/** One request and its answer: the fault, the log entry, and the bytes that are sent. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endWithoutAnswer, http2Stream, isAnswered, waitFor, waitForEnd } from './connection.js';
import { SilentClient } from './chunks-of.js';
import { drain } from './drain.js';
import { headerBytes } from './header-bytes.js';
import { disguise, isOfTheService, replacementOf } from './disguise-reply.js';
import { breakConnection } from './receive-body.js';
import { ClientGone, OssError } from './oss-error.js';
import { hostName, type ParsedRequest } from './parse-request.js';
import type { Reply } from './operations/operation.js';
import { trickle } from './trickle.js';
import { usualCode } from './usual-code.js';
import type { ActiveFault, Fault, LogEntry } from './types.js';

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly parsed: ParsedRequest;
  readonly log: LogEntry;
  #fault: ActiveFault | undefined;
  readonly requestId: string = randomBytes(12).toString('hex').toUpperCase();
  /** Sent with every answer, including errors, so that a page can read them. */
  readonly cors: Record<string, string>;
  readonly #now: () => number;
  readonly #silence: number;
  #isSilent = false;
  readonly #started = performance.now();
  /** Something of the answer is out: another one can't be sent any more. */
  #hasBegun = false;
  /** The answer was written to the socket directly, not through `response`. */
  #trickled = false;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    parts: {
      parsed: ParsedRequest;
      log: LogEntry;
      fault: ActiveFault | undefined;
      cors: Record<string, string>;
      silence: number;
      now: () => number;
    },
  ) {
    this.request = request;
    this.response = response;
    this.parsed = parts.parsed;
    this.log = parts.log;
    this.strike(parts.fault);
    this.cors = parts.cors;
    this.#now = parts.now;
    this.#silence = parts.silence;
    response.sendDate = false;
    response.once('close', () => {
      this.log.aborted = !isAnswered(request, response) && !this.#trickled;
      this.log.durationMs = Math.round(performance.now() - this.#started);
      this.log.finished = true;
    });
  }

  get fault(): ActiveFault | undefined {
    return this.#fault;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** A fault may be found late, once a form has said its key. */
  strike(fault: ActiveFault | undefined): void {
    this.#fault = fault;
    if (fault !== undefined) this.log.fault = fault.fault.kind;
  }

  faultOf<K extends Fault['kind']>(kind: K): Extract<Fault, { kind: K }> | undefined {
    const fault = this.fault?.fault;
    return fault?.kind === kind ? (fault as Extract<Fault, { kind: K }>) : undefined;
  }

  /** Answers after the work has been done, or after it has failed. */
  async send(result: Reply): Promise<void> {
    const { request, response } = this;
    this.#drain();
    const later = this.faultOf('delay')?.afterMilliseconds;
    if (later !== undefined) await waitFor(request, later);
    const reply = disguise(result, this.fault?.fault, this.requestId, hostName(this.parsed.host));
    if (this.faultOf('drop-response') !== undefined) {
      // After the work is done and before the answer's first byte: the client can't know the outcome.
      await waitForEnd(request);
      endWithoutAnswer(request);
      throw new ClientGone('The answer was dropped by a fault.');
    }
    const headers = this.#headers(reply);
    this.log.status = reply.status;
    const slow = this.faultOf('trickle');
    if (slow !== undefined) {
      this.#hasBegun = true;
      await trickle(this, reply, headers, slow.milliseconds);
      this.#trickled = http2Stream(request) === undefined;
      return;
    }
    response.writeHead(reply.status, headers);
    this.#hasBegun = true;
    if (request.method === 'HEAD') response.end();
    else if (reply.stream !== undefined) {
      await reply.stream(response);
      response.end();
    } else response.end(reply.body ?? '');
  }

  async sendError(error: OssError): Promise<void> {
    this.log.code = error.code;
    this.#isSilent = error instanceof SilentClient;
    const xml = error.toXml(this.requestId, hostName(this.parsed.host));
    const headers: Record<string, string> = { ...error.headers, 'Content-Type': 'application/xml' };
    if (error.ec !== undefined) headers['x-oss-ec'] = error.ec;
    if (this.parsed.method === 'HEAD') headers['x-oss-err'] = Buffer.from(xml).toString('base64');
    await this.send({ status: error.status, headers, body: xml });
  }

  /** What answers in the work's place, or breaks the connection; undefined if the work is done. */
  get replacement(): (() => Promise<void>) | undefined {
    const fault = this.fault?.fault;
    switch (fault?.kind) {
      case 'status': {
        const { status, code = usualCode(status, this.log.operation), message = 'A scripted fault.', ec, extra = {}, headers = {} } = fault;
        return () => this.sendError(new OssError(status, code, message, { ec, extra, headers }));
      }
      case 'raw': {
        const type: Record<string, string> = fault.contentType === undefined ? {} : { 'Content-Type': fault.contentType };
        return () => this.send({ status: fault.status, headers: { ...type, ...fault.headers }, body: fault.body });
      }
      case 'html':
      case 'error-in-200': {
        const reply = replacementOf(fault, this.requestId, hostName(this.parsed.host));
        return fault.afterWork === true || reply === undefined ? undefined : () => this.send(reply);
      }
      case 'reset':
      case 'stall': {
        // If it waits for bytes, the body's reader performs it; a request without a body has none.
        const isAtOnce = (fault.afterBytes ?? 0) === 0 || !hasBody(this.parsed);
        return isAtOnce ? () => breakConnection(this.request, fault) : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Waits as long as a fault wants before the work. @throws {ClientGone} */
  async delay(): Promise<void> {
    const milliseconds = this.faultOf('delay')?.milliseconds;
    if (milliseconds !== undefined) await waitFor(this.request, milliseconds);
  }

  /** Reads and drops the rest of the body, so that the client gets the answer. */
  #drain(): void {
    const { request, response } = this;
    // Its body is still waited for.
    if (this.#isSilent) response.once('finish', () => endWithoutAnswer(request));
    else {
      drain(request, this.#silence, (count) => {
        this.log.bytesIn += count;
      });
    }
  }

  #headers(reply: Reply): Record<string, string> {
    const marks = isOfTheService(this.fault?.fault)
      ? {
          Server: 'AliyunOSS',
          'x-oss-request-id': this.requestId,
          'x-oss-server-time': String(Math.round(performance.now() - this.#started)),
        }
      : {};
    const headers: Record<string, string> = {
      Date: new Date(this.#now()).toUTCString(),
      ...marks,
      ...this.cors,
      ...reply.headers,
    };
    const bodyless = reply.status === 204 || reply.status === 304 || this.parsed.method === 'HEAD';
    if (!bodyless && reply.stream === undefined) headers['Content-Length'] = String(Buffer.byteLength(reply.body ?? ''));

    const change = this.faultOf('response-headers');
    const removed = new Set((change?.remove ?? []).map((name) => name.toLowerCase()));
    const withoutCors = this.faultOf('no-cors') !== undefined;
    for (const name of Object.keys(headers)) {
      if (removed.has(name.toLowerCase()) || (withoutCors && /^access-control-/i.test(name))) delete headers[name];
    }
    for (const [name, value] of Object.entries(change?.set ?? {})) {
      for (const old of Object.keys(headers)) if (old.toLowerCase() === name.toLowerCase()) delete headers[old];
      headers[name] = value;
    }
    // Node decodes a Content-Disposition that follows a Content-Length, and then refuses it.
    const isFirst = ([name]: [string, string]): number => Number(name.toLowerCase() === 'content-disposition');
    const ordered = Object.entries(headers).sort((a, b) => isFirst(b) - isFirst(a));
    return Object.fromEntries(ordered.map(([name, value]) => [name, headerBytes(value)]));
  }
}

export function hasBody({ headers }: ParsedRequest): boolean {
  return Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding');
}
