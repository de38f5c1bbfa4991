/** The flags of `oss-resumable emulator`: what they are, their environment variables, and the options that they mean. */
import { readFileSync } from 'node:fs';
import { type CorsRule, EmulatorError, type EmulatorOptions, type FaultRule } from './index.js';

interface Flag {
  /** What stands for its value in the help; absent for switches. */
  value?: string;
  isList?: boolean;
  help: string;
}

/** In the order of the help. Each has a variable as well: `--token-seconds` and `OSS_EMULATOR_TOKEN_SECONDS`. */
export const FLAGS: Record<string, Flag> = {
  port: { value: 'N', help: 'the port; 0 is any free one (9000)' },
  host: { value: 'ADDRESS', help: 'the address to listen on (127.0.0.1); others are open to the network' },
  bucket: { value: 'NAME', isList: true, help: 'a bucket; may be repeated (demo-bucket)' },
  region: { value: 'ID', help: 'the region that requests are signed for (cn-hangzhou)' },
  data: { value: 'DIR|memory', help: 'where objects are kept (memory: nowhere, they end with the process)' },
  seed: { value: 'DIR', help: 'files that become objects: DIR/bucket/key' },
  'access-key': { value: 'ID:SECRET', help: 'a permanent access key (one that is made up)' },
  'token-seconds': { value: 'N', help: 'life of the tokens that /sts issues (3600)' },
  cors: { value: 'open|off|FILE', help: 'CORS rules of each bucket: any page, none, or a JSON list of rules (open)' },
  cname: { value: 'HOST=BUCKET', isList: true, help: 'a custom domain, bound to a bucket; may be repeated' },
  'forbid-public-endpoint': { help: 'serve custom domains only, as for accounts opened since 2025-03-20' },
  faults: { value: 'FILE', help: 'a JSON list of faults from the start on' },
  tls: { value: '[CERT,KEY]', help: 'HTTPS with HTTP/1.1 and HTTP/2, with a certificate of its own or with these PEM files' },
  json: { help: 'print one line of JSON when it is ready, and nothing else' },
  quiet: { help: 'print only warnings and errors' },
  help: { help: 'print this' },
  version: { help: 'print the version' },
};

export interface CommandLine {
  /** `run`, or only print something. */
  action: 'run' | 'help' | 'version';
  options: EmulatorOptions;
  json: boolean;
  quiet: boolean;
}

type Values = Record<string, string[]>;

/**
 * @param args after `emulator`
 * @throws {EmulatorError} `INVALID_OPTION` in words
 */
export function readCommandLine(args: readonly string[], env: Record<string, string | undefined>): CommandLine {
  const values = { ...valuesOfEnvironment(env), ...valuesOfArguments(args) };
  const isOn = (name: string): boolean => values[name]?.[0] === 'true';
  const action = isOn('help') ? 'help' : isOn('version') ? 'version' : 'run';
  return { action, options: action === 'run' ? optionsOf(values) : {}, json: isOn('json'), quiet: isOn('quiet') };
}

/** `--name value`, `--name=value`; switches have no value. */
function valuesOfArguments(args: readonly string[]): Values {
  const values: Values = {};
  for (let at = 0; at < args.length; at++) {
    const [, name = '', inline] = /^--([^=]+)(?:=(.*))?$/s.exec(args[at] ?? '') ?? [];
    const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : undefined;
    if (flag === undefined) throw invalidOption(`There is no option ${args[at]}; --help lists them.`);
    const next = args[at + 1];
    // A certificate of one's own is two files, so there is a comma.
    const isNextOurs = next !== undefined && (name === 'tls' ? next.includes(',') : flag.value !== undefined);
    const value = inline ?? (isNextOurs ? next : name === 'tls' || flag.value === undefined ? 'true' : undefined);
    if (value === undefined || value === '') throw invalidOption(`--${name} needs a value: --${name} ${flag.value}.`);
    if (flag.value === undefined) checkSwitch(`--${name}`, value);
    if (inline === undefined && isNextOurs) at++;
    if (values[name] !== undefined && flag.isList !== true) throw invalidOption(`--${name} may be given only once.`);
    values[name] = [...(values[name] ?? []), value];
  }
  return values;
}

/** `OSS_EMULATOR_PORT=9000`; lists are separated by commas. */
function valuesOfEnvironment(env: Record<string, string | undefined>): Values {
  const values: Values = {};
  for (const [name, flag] of Object.entries(FLAGS)) {
    const variable = `OSS_EMULATOR_${name.toUpperCase().replaceAll('-', '_')}`;
    const value = env[variable];
    if (value === undefined || value === '') continue;
    if (flag.value === undefined) checkSwitch(variable, value);
    values[name] = flag.isList === true ? value.split(',').map((each) => each.trim()) : [value];
  }
  return values;
}

function checkSwitch(name: string, value: string): void {
  if (value !== 'true' && value !== 'false') throw invalidOption(`${name} must be true or false, not ${value}.`);
}

function optionsOf(values: Values): EmulatorOptions {
  const one = (name: string): string | undefined => values[name]?.[0];
  const data = one('data');
  return {
    port: numberOf('port', one('port')) ?? 9000,
    host: one('host'),
    buckets: values['bucket'],
    region: one('region'),
    data: data === 'memory' ? undefined : data,
    seed: one('seed'),
    accessKeys: accessKeysOf(one('access-key')),
    tokenSeconds: numberOf('token-seconds', one('token-seconds')),
    cors: corsOf(one('cors')),
    cnames: cnamesOf(values['cname']),
    forbidPublicEndpoint: one('forbid-public-endpoint') === 'true',
    faults: one('faults') === undefined ? undefined : (readJson('faults', one('faults') as string) as FaultRule[]),
    tls: tlsOf(one('tls')),
  };
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+$/.test(text)) throw invalidOption(`--${name} must be a whole number, not ${text}.`);
  return Number(text);
}

function accessKeysOf(text: string | undefined): EmulatorOptions['accessKeys'] {
  if (text === undefined) return undefined;
  const [, accessKeyId, accessKeySecret] = /^([^:\s]+):(\S+)$/.exec(text) ?? [];
  // The value is a secret: it is not repeated.
  if (accessKeyId === undefined || accessKeySecret === undefined) throw invalidOption('--access-key must be ID:SECRET.');
  return [{ accessKeyId, accessKeySecret }];
}

function corsOf(text: string | undefined): CorsRule[] | null | undefined {
  if (text === undefined || text === 'open') return undefined;
  return text === 'off' ? null : (readJson('cors', text) as CorsRule[]);
}

function cnamesOf(pairs: readonly string[] | undefined): Record<string, string> | undefined {
  if (pairs === undefined) return undefined;
  const entries = pairs.map((pair) => {
    const [, host, bucket] = /^([^=\s]+)=([^=\s]+)$/.exec(pair) ?? [];
    if (host === undefined || bucket === undefined) throw invalidOption(`--cname must be HOST=BUCKET, not ${pair}.`);
    return [host.toLowerCase(), bucket] as const;
  });
  return Object.fromEntries(entries);
}

function tlsOf(text: string | undefined): EmulatorOptions['tls'] {
  if (text === undefined || text === 'false') return undefined;
  if (text === 'true') return true;
  const files = text.split(',');
  if (files.length !== 2) throw invalidOption(`--tls must be CERT,KEY, two PEM files, not ${text}.`);
  const [cert, key] = files.map((file) => readText('tls', file)) as [string, string];
  return { cert, key };
}

function readJson(name: string, file: string): unknown {
  const content = readText(name, file);
  try {
    return JSON.parse(content);
  } catch (error) {
    throw invalidOption(`--${name}: ${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readText(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw invalidOption(`--${name}: ${file} can't be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** Options whose flags have another name. */
const FLAG_OF: Record<string, string> = { buckets: 'bucket', cnames: 'cname', accessKeys: 'access-key' };

/** A message about an option as one about its flag: `options.buckets[0] must …` is `--bucket must …`. */
export function aboutFlags(message: string): string {
  return message.replace(/^options\.(\w+)(\[\d+\])?/, (_, option: string) => {
    return `--${FLAG_OF[option] ?? option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  });
}

/** Not that of `emulator-error.ts`: the command is a file of its own, and has the error's class from the emulator's. */
function invalidOption(message: string): EmulatorError {
  return new EmulatorError('INVALID_OPTION', message);
}
