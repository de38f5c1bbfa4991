/** The control surface in this process: scripts faults and looks into the service. `serve-control.ts` offers the same over HTTP. */
import type { CallbackSink } from './callback-sink.js';
import { checkCallbackReply, checkClock, checkCors, checkLink, checkReset, checkRules, checkSeconds } from './check-control.js';
import { checkBuckets, DEFAULT_CNAME, inLowerCase } from './custom-domains.js';
import { checkSessionPolicy } from './read-sts-request.js';
import type { Service } from './serve-oss.js';
import type { Control } from './types.js';

/** Controls a service, whose present rules, CORS rules and token life are the defaults that `reset` restores. */
export function createControl(service: Service, callbacks: CallbackSink): Control {
  const { faults, log, link, rules, cors, clock, tokens } = service;
  const initial = { rules: structuredClone(rules), cors: new Map(cors), tokenSeconds: tokens.seconds };
  const own = { [DEFAULT_CNAME]: initial.rules.cnames[DEFAULT_CNAME] as string };
  const buckets = [...service.buckets.values()];
  return {
    addFault: (rule) => faults.add(rule),
    faults: () => faults.list(),
    removeFault: (id) => faults.remove(id),
    clearFaults: () => faults.remove(),
    log: (key) => log.list(key),
    clearLog: () => log.clear(),
    link: () => link.state(),
    setLink: (change) => {
      checkLink(change);
      return link.set(change);
    },
    rules: () => structuredClone(rules),
    setRules: (change) => {
      checkRules(change);
      const { cnames = rules.cnames } = change;
      checkBuckets(cnames, [...service.buckets.keys()]);
      const domains = { ...own, ...inLowerCase(cnames) };
      if (domains[DEFAULT_CNAME] !== own[DEFAULT_CNAME])
        throw new TypeError(`${DEFAULT_CNAME} is always the bucket ${own[DEFAULT_CNAME]}.`);
      return structuredClone(Object.assign(rules, change, { cnames: domains }));
    },
    cors: () => structuredClone(Object.fromEntries(cors)),
    setCors: (corsRules, bucket) => {
      checkCors(corsRules);
      if (bucket !== undefined && !cors.has(bucket))
        throw new TypeError(`There is no bucket ${bucket}; there are ${[...cors.keys()].join(', ')}.`);
      for (const name of bucket === undefined ? cors.keys() : [bucket]) cors.set(name, corsRules ?? []);
    },
    clock: () => clock.offset,
    setClock: (offset) => {
      checkClock(offset);
      clock.shift(offset);
    },
    expireTokens: () => tokens.expireAll(),
    setTokenSeconds: (seconds) => {
      checkSeconds(seconds);
      tokens.seconds = seconds;
    },
    tokenSeconds: () => tokens.seconds,
    uploads: () => buckets.flatMap((bucket) => bucket.describeUploads()),
    objects: () => buckets.flatMap((bucket) => bucket.describeObjects()),
    assumeRole: (seconds, policy) => {
      if (seconds !== undefined) checkSeconds(seconds);
      return tokens.issue(seconds, policy && checkSessionPolicy(JSON.stringify(policy)));
    },
    callbacks: () => callbacks.received.entries(),
    setCallbackReply: (reply) => {
      checkCallbackReply(reply);
      callbacks.reply = reply;
    },
    reset: async (options = {}) => {
      checkReset(options);
      faults.reset();
      log.clear();
      link.set({ bytesPerSecond: null, latencyMilliseconds: 0, offline: false });
      Object.assign(rules, structuredClone(initial.rules));
      for (const [name, corsRules] of initial.cors) cors.set(name, corsRules);
      clock.shift(0);
      tokens.seconds = initial.tokenSeconds;
      callbacks.received.clear();
      callbacks.reply = null;
      if (options.data !== true) return;
      for (const bucket of buckets) bucket.clear();
      await Promise.all(buckets.map((bucket) => bucket.settled()));
    },
  };
}
