/**
 * `npm test`: everything CI runs. Its last line, alone, is `N passed, N failed`, added up over all runners;
 * a check without tests of its own (types, lint, build) counts as one. Ends with 1 when anything failed, when a
 * runner crashed, and when a runner ran no test.
 *
 * In CI, a test in a browser that fails is tried once more: on a busy machine a browser may stand still. The summary names the
 * tests that needed it, beside those that failed.
 *
 * Without a Chromium its steps have failed, and without a Firefox too where CI is set. What else can't run for want of a
 * browser stands in the summary as NOT RUN.
 *
 * `node test/run.mjs unit browser` runs only the steps named.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureChromium, ensureFirefox, ensureWebKit } from './browsers.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number, notes: string[] }} Tally */
/** Where a command's output goes. @typedef {'inherit' | 'ignore' | ((chunk: Buffer) => void)} Output */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const reports = mkdtempSync(join(tmpdir(), 'oss-resumable-reports-'));
const MINUTES = 60_000;

/**
 * Runs a command, without an input to wait for.
 *
 * @param {string[]} command
 * @param {{ env?: Record<string, string>, timeout?: number, output?: Output }} [options]
 * @returns {Promise<string | undefined>} why it failed; undefined when it ended with 0
 */
function run(command, { env = {}, timeout = 10 * MINUTES, output = 'inherit' } = {}) {
  return new Promise((resolve) => {
    const [file, ...args] = /** @type {[string, ...string[]]} */ (command);
    const posix = process.platform !== 'win32';
    const child = spawn(file, args, {
      cwd: ROOT,
      stdio: typeof output === 'string' ? ['ignore', output, output] : ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      detached: posix,
      shell: !posix,
    });
    if (typeof output !== 'string') {
      child.stdout?.on('data', output);
      child.stderr?.on('data', output);
    }
    // Its whole group: a runner that hangs leaves browsers behind.
    const stop = () => {
      if (posix && child.pid) process.kill(-child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
    };
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      stop();
    }, timeout);
    const interrupt = () => {
      stop();
      process.exit(130);
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const end = (/** @type {string | undefined} */ reason) => {
      clearTimeout(timer);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      resolve(reason);
    };
    child.once('error', (error) => end(`could not start ${file}: ${error.message}`));
    child.once('close', (code, signal) => {
      if (late) end(`still running after ${timeout / MINUTES} minutes`);
      else end(code === 0 ? undefined : signal ? `ended by ${signal}` : `exit code ${code}`);
    });
  });
}

/** @param {string} path */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Colours, as Playwright's messages have them. */
const COLOUR = /\u001B\[\d+m/g;

/**
 * A test to be named in the summary, with what it said first: of a long run, the end is what is read.
 *
 * @param {string} verdict
 * @param {string[]} title
 * @param {string | undefined} message
 */
function name(verdict, title, message = '') {
  const [said = ''] = message.replaceAll(COLOUR, '').split('\n');
  return `${verdict}: ${title.filter(Boolean).join(' › ')}${said && `: ${said.slice(0, 300)}`}`;
}

/**
 * The tests in a report of vitest's that failed, for good or once: the latter have passed, and their failure is noted.
 *
 * @param {any} report
 * @returns {{ failed: string[], retried: string[] }}
 */
function vitestTroubles(report) {
  /** @type {string[]} */
  const failed = [];
  /** @type {string[]} */
  const retried = [];
  for (const { name: path, assertionResults, message } of report?.testResults ?? []) {
    const file = relative(ROOT, path);
    // One that could not even be loaded has no tests to name.
    if (assertionResults.length === 0 && message) failed.push(name('FAILED', [file], message));
    for (const { status, fullName, failureMessages } of assertionResults) {
      if (status === 'failed') failed.push(name('FAILED', [file, fullName], failureMessages[0]));
      else if (failureMessages.length > 0) retried.push(name('passed when tried again', [file, fullName], failureMessages[0]));
    }
  }
  return { failed, retried };
}

/**
 * The tests in a report of Playwright's that failed, once or for good.
 *
 * @param {any} report
 * @returns {string[]}
 */
function playwrightFailures(report) {
  /** @type {(suite: any) => any[]} */
  const specsOf = ({ specs = [], suites = [] }) => [...specs, ...suites.flatMap(specsOf)];
  return (report?.suites ?? []).flatMap(specsOf).flatMap((/** @type {any} */ { file, title, tests }) =>
    tests
      .filter((/** @type {any} */ { status }) => status === 'unexpected' || status === 'flaky')
      .map((/** @type {any} */ { status, results }) => {
        const message = results.find((/** @type {any} */ result) => result.error)?.error.message;
        return name(status === 'flaky' ? 'passed when tried again' : 'FAILED', [file, title], message);
      }),
  );
}

/**
 * A check that passes or fails as a whole.
 *
 * @param {string[]} command
 * @returns {() => Promise<Tally>}
 */
const check = (command) => async () => {
  const reason = await run(command);
  return { passed: reason ? 0 : 1, failed: reason ? 1 : 0, skipped: 0, notes: reason ? [`${command.join(' ')}: ${reason}`] : [] };
};

/**
 * Biome is fetched by npx, not installed: not every registry has its binaries for every platform, and `npm ci` would
 * fail for the sake of them.
 *
 * @returns {Promise<Tally>}
 */
const lint = async () => {
  const tally = await check(['npm', 'run', '--silent', 'lint'])();
  if (tally.failed && (await run(['npm', 'run', '--silent', 'lint', '--', '--help'], { output: 'ignore' }))) {
    tally.notes.push('npx could not fetch Biome, so nothing was linted: this needs the npm registry or a cached copy.');
  }
  return tally;
};

/**
 * Makes the count agree with how the runner ended: a crash, an unhandled error or an empty run is a failure
 * even when no single test says so.
 *
 * @param {Tally} tally
 * @param {string | undefined} reason
 */
function settle(tally, reason) {
  if (reason && tally.failed === 0) {
    tally.failed += 1;
    tally.notes.push(`no test failed, but the runner did: ${reason}`);
  } else if (tally.passed + tally.failed === 0) {
    tally.failed += 1;
    tally.notes.push('ran no test');
  }
  return tally;
}

/**
 * @param {string} project
 * @returns {(output?: Output) => Promise<Tally>}
 */
const vitest =
  (project) =>
  async (output = 'inherit') => {
    const file = join(reports, `${project}.json`);
    const reason = await run(
      [
        process.execPath,
        'node_modules/vitest/vitest.mjs',
        'run',
        '--project',
        project,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${file}`,
      ],
      { output },
    );
    const report = readJson(file);
    const { failed, retried } = vitestTroubles(report);
    return settle(
      {
        passed: report?.numPassedTests ?? 0,
        failed: failed.length,
        skipped: (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0),
        notes: [...failed, ...retried],
      },
      reason,
    );
  };

/**
 * @param {'e2e' | 'widgets' | 'consumers' | 'faults'} suite
 * @param {'chromium' | 'firefox'} project
 * @returns {() => Promise<Tally>}
 */
const playwright = (suite, project) => async () => {
  const file = join(reports, `${suite}-${project}.json`);
  const reason = await run(
    [
      process.execPath,
      'node_modules/@playwright/test/cli.js',
      'test',
      '--config',
      `test/${suite}/playwright.config.ts`,
      `--project=${project}`,
      `--reporter=list,json${suite === 'faults' ? ',test/faults/matrix-reporter.ts' : ''}`,
    ],
    {
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: file, ...(suite === 'faults' && { FAULTS: 'reduced' }) },
      timeout: 25 * MINUTES,
    },
  );
  const report = readJson(file);
  const { expected = 0, flaky = 0, unexpected = 0, skipped = 0 } = report?.stats ?? {};
  return settle({ passed: expected + flaky, failed: unexpected, skipped, notes: playwrightFailures(report) }, reason);
};

/**
 * The benchmark's smoke run: whether each rival and each workload still works, not how fast.
 *
 * @returns {Promise<Tally>}
 */
const bench = async () => {
  const file = join(reports, 'bench.json');
  const reason = await run([process.execPath, 'test/bench/load.mjs', 'main.ts', '--quick', '--tally', file]);
  const { passed = 0, failed = 0 } = readJson(file) ?? {};
  return settle({ passed, failed, skipped: 0, notes: [] }, reason);
};

/**
 * Each returns once the browser is available, and throws an error with instructions otherwise. The configurations of the
 * runners look for it in the same places.
 */
const BROWSERS = {
  chromium: { ensure: () => (process.env.CHROMIUM_PATH = ensureChromium()), isRequired: true },
  firefox: { ensure: () => (process.env.FIREFOX_PATH = ensureFirefox()), isRequired: Boolean(process.env.CI) },
  // It exists for Linux only.
  webkit: { ensure: () => ensureWebKit().driver, isRequired: false },
};

/** @type {Record<string, { title: string, browser?: keyof typeof BROWSERS, perform: (output?: Output) => Promise<Tally> }>} */
const STEPS = {
  typecheck: { title: 'Type check', perform: check(['npm', 'run', '--silent', 'typecheck']) },
  lint: { title: 'Lint', perform: lint },
  build: { title: 'Build', perform: check(['npm', 'run', '--silent', 'build']) },
  packaging: { title: 'Packaging', perform: vitest('packaging') },
  unit: { title: 'Unit', perform: vitest('unit') },
  conformance: { title: 'Conformance', perform: vitest('conformance') },
  browser: { title: 'Browser', browser: 'chromium', perform: vitest('browser') },
  'browser-firefox': { title: 'Browser, Firefox', browser: 'firefox', perform: vitest('browser-firefox') },
  e2e: { title: 'End to end', browser: 'chromium', perform: playwright('e2e', 'chromium') },
  'e2e-firefox': { title: 'End to end, Firefox', browser: 'firefox', perform: playwright('e2e', 'firefox') },
  widgets: { title: 'Widgets', browser: 'chromium', perform: playwright('widgets', 'chromium') },
  consumers: { title: 'Consumers', browser: 'chromium', perform: playwright('consumers', 'chromium') },
  faults: { title: 'Faults', browser: 'chromium', perform: playwright('faults', 'chromium') },
  'faults-firefox': { title: 'Faults, Firefox', browser: 'firefox', perform: playwright('faults', 'firefox') },
  bench: { title: 'Benchmark, smoke run', browser: 'chromium', perform: bench },
  webkit: { title: 'WebKit', browser: 'webkit', perform: vitest('webkit') },
};

/**
 * Steps that leave a core idle, and the next one, which runs beside them.
 *
 * @type {Record<string, string>}
 */
const BESIDE = { unit: 'conformance', browser: 'browser-firefox' };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in STEPS));
if (unknown.length > 0) {
  console.error(`No step is called ${unknown.join(', ')}. There are: ${Object.keys(STEPS).join(', ')}.`);
  process.exit(2);
}
const steps = Object.entries(STEPS).filter(([name]) => wanted.length === 0 || wanted.includes(name));

/**
 * What to do about the browsers that are wanted and missing.
 *
 * @type {Map<keyof typeof BROWSERS, string>}
 */
const missing = new Map();
for (const browser of new Set(steps.flatMap(([, step]) => step.browser ?? []))) {
  try {
    console.log(`Browser: ${BROWSERS[browser].ensure()}`);
  } catch (error) {
    missing.set(browser, error instanceof Error ? error.message : String(error));
    console.error(missing.get(browser));
  }
}

/** @type {(Tally & { title: string, seconds: number })[]} */
const results = [];
/** @type {{ title: string, advice: string }[]} */
const notRun = [];
/**
 * Performs a step and times it.
 *
 * @param {(typeof STEPS)[string]} step
 * @param {Output} [output]
 */
async function execute({ title, browser, perform }, output) {
  const start = Date.now();
  const advice = browser && missing.get(browser);
  const tally = advice ? { passed: 0, failed: 1, skipped: 0, notes: [advice] } : await perform(output);
  return { title, seconds: Math.round((Date.now() - start) / 1000), ...tally };
}

/**
 * Begins a step whose turn is the next, so that it runs beside the present one.
 *
 * @param {(typeof STEPS)[string]} step
 * @returns {() => Promise<Tally & { title: string, seconds: number }>} prints what it has to say, and waits for its end
 */
function begin(step) {
  /** @type {Buffer[]} */
  const printed = [];
  const result = execute(step, (chunk) => printed.push(chunk));
  return async () => {
    const tally = await result;
    for (const chunk of printed) process.stdout.write(chunk);
    return tally;
  };
}

/** @type {(() => Promise<Tally & { title: string, seconds: number }>) | undefined} */
let begun;
for (const [index, [name, step]] of steps.entries()) {
  const { title, browser } = step;
  const advice = browser && missing.get(browser);
  console.log(`\n——— ${title} ———`);
  if (browser && advice && !BROWSERS[browser].isRequired) {
    console.log(`NOT RUN. ${advice}`);
    notRun.push({ title, advice });
    continue;
  }
  const end = begun ?? (() => execute(step));
  const next = steps[index + 1];
  const nextBrowser = next?.[1].browser;
  begun = next && BESIDE[name] === next[0] && !(nextBrowser && missing.has(nextBrowser)) ? begin(next[1]) : undefined;
  results.push(await end());
}
rmSync(reports, { recursive: true, force: true });

console.log('\n——— Summary ———');
for (const { title, passed, failed, skipped, seconds, notes } of results) {
  console.log(`${failed ? '✗' : '✓'} ${title}: ${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''} (${seconds} s)`);
  for (const note of notes) console.log(`    ${note}`);
}
for (const { title, advice } of notRun) console.log(`! ${title}: NOT RUN\n    ${advice}`);
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
process.exitCode = failed > 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed`);
