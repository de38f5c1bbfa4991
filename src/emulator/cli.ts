/** The command `oss-resumable`: `npx oss-resumable emulator`. Importing this file runs it. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aboutFlags, type CommandLine, FLAGS, readCommandLine } from './command-line.js';
import { type Emulator, EmulatorError, startEmulator } from './index.js';

/** Milliseconds that open connections get at the end. */
const PATIENCE = 5000;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const complain = (text: string): void => void process.stderr.write(`${text}\n`);

async function main([command, ...args]: readonly string[]): Promise<void> {
  if (command === '--version') return print(version());
  if (command !== 'emulator') {
    const isHelp = command === undefined || command === '--help' || command === 'help';
    if (!isHelp) complain(`There is no command ${command}.\n`);
    (isHelp ? print : complain)(
      'Usage: oss-resumable emulator [options]\n\nStarts an OSS on this machine. Its options: oss-resumable emulator --help',
    );
    process.exitCode = command === undefined || !isHelp ? 2 : 0;
    return;
  }
  const line = readCommandLine(args, process.env);
  if (line.action === 'help') return print(help());
  if (line.action === 'version') return print(version());
  const starting = startEmulator(line.options);
  endOnSignal(starting);
  const oss = await starting;
  for (const warning of oss.warnings) complain(`Warning: ${warning}`);
  if (line.json) print(JSON.stringify(readyLine(oss)));
  else if (!line.quiet) print(banner(oss, line));
}

/** What programs need to know. */
function readyLine({ url, stsUrl, controlUrl, bucket, accessKeyId, accessKeySecret, controlToken, certificate }: Emulator): object {
  return {
    ...{ url, sts: stsUrl, control: controlUrl, bucket, accessKeyId, accessKeySecret },
    ...(controlToken !== null && { token: controlToken }),
    ...(certificate !== null && { certificate }),
  };
}

function banner(oss: Emulator, { options }: CommandLine): string {
  const virtualHost = oss.url.replace('://', `://${oss.bucket}.`);
  const rows: [string, string][] = [
    ['Region', oss.region],
    ['Buckets', oss.buckets.join(', ')],
    ['Endpoint', `${oss.url} (a bucket's: ${virtualHost}, or in path style ${oss.url}/${oss.bucket})`],
    ...(options.forbidPublicEndpoint ? [['Custom domain', `${oss.cnameUrl} (nothing else is served)`] as [string, string]] : []),
    ['Access key', `${oss.accessKeyId} ${oss.accessKeySecret}`],
    ['STS', oss.stsUrl],
    ['Control', `${oss.controlUrl} (GET names its routes)`],
    ...(oss.controlToken === null ? [] : [['Token', `${oss.controlToken} (for STS and control)`] as [string, string]]),
    ['Data', options.data ?? 'none is kept'],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return ['OSS emulator', ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`), '', '  Ctrl-C ends it.'].join('\n');
}

/** Also while it starts. */
function endOnSignal(starting: Promise<Emulator>): void {
  let ending = false;
  const end = (): void => {
    // The second time means: now.
    if (ending) process.exit(1);
    ending = true;
    setTimeout(() => process.exit(1), PATIENCE).unref();
    starting.then((oss) => oss.close()).then(() => process.exit(0), fail);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
}

function help(): string {
  const rows = Object.entries(FLAGS).map(
    ([name, { value, help: text }]) => [`--${name}${value === undefined ? '' : ` ${value}`}`, text] as const,
  );
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return [
    'Usage: oss-resumable emulator [options]',
    '',
    ...rows.map(([flag, text]) => `  ${flag.padEnd(width)}  ${text}`),
    '',
    'Each has a variable: --token-seconds is OSS_EMULATOR_TOKEN_SECONDS. Lists are then separated by commas, switches are true or false.',
  ].join('\n');
}

/** Of the package, whose `dist` this file is in. */
function version(): string {
  const manifest = join(dirname(fileURLToPath(import.meta.url)), '..', 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function fail(error: unknown): void {
  complain(error instanceof EmulatorError ? aboutFlags(error.message) : String(error instanceof Error ? error.stack : error));
  process.exit(error instanceof EmulatorError && error.code === 'INVALID_OPTION' ? 2 : 1);
}

// Whoever reads the output may leave.
process.stdout.on('error', () => {});
main(process.argv.slice(2)).catch(fail);
